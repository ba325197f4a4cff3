using System.Numerics;
using Shmem.Sample.Fuzzer.Mutators;

namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>
/// Decides which entry of the corpus a worker mutates next, and for how long: new ones first, then by weight: much for the favoured (a
/// small, cheap set that covers every edge seen), for rare ones, for fast and for fresh ones, little for parents whose children kill the
/// process. One for each worker; not thread-safe. Picking allocates nothing; the generator and the calls alone decide.
/// </summary>
/// <param name="mapLength">Counters in the coverage map.</param>
internal sealed class Scheduler(int mapLength)
{
    /// <summary>Fewest executions for one pick of an entry that is neither very slow nor shunned.</summary>
    public const int UsualEnergy = 50;

    /// <summary>Most executions for one pick.</summary>
    public const int MaxEnergy = 2000;

    private const int BytesCopiedPerNanosecond = 8;

    private readonly FeatureTable _features = new(mapLength);
    private readonly WeightTree _weights = new();
    private EntryState[] _entries = new EntryState[16];
    private int _nextNew;
    private int _nextRefresh;
    private int _observed;
    private long _totalLog2;
    private bool _isStale;

    /// <summary>Number of entries.</summary>
    public int Count => _weights.Count;

    /// <summary>The geometric mean: a few entries a thousand times slower than the rest would carry an arithmetic one away.</summary>
    private double AverageNanoseconds => _observed == 0 ? 1 : Math.ScaleB(1.5, (int)(_totalLog2 / _observed));

    /// <summary>Adds an entry.</summary>
    /// <returns>Its number: 0, 1, 2 …</returns>
    public int Add(in EntryStats stats)
    {
        if (Count == _entries.Length)
            Array.Resize(ref _entries, Count * 2);

        var entry = Count;
        _entries[entry] = new EntryState { Stats = stats, Nanoseconds = Math.Max(0, stats.Nanoseconds) };
        if (stats.Parent >= 0)
            _entries[entry].InheritShun(State(stats.Parent));
        _features.Add();
        _weights.Add(_entries[entry].Weight(AverageNanoseconds));
        return entry;
    }

    /// <summary>Takes over what the worker before this one in its slot knew of the entry, which then is no new one.</summary>
    public void Restore(int entry, in EntryMemory memory)
    {
        State(entry).Restore(memory);
        Weigh(entry);
    }

    /// <summary>What the next worker in this slot is to know of the entry.</summary>
    public EntryMemory MemoryOf(int entry) => State(entry).Memory;

    /// <summary>Takes up the unmutated run of an entry, once.</summary>
    /// <param name="entry">The entry.</param>
    /// <param name="map">The run's counters; anything but 0 is a hit.</param>
    /// <param name="nanoseconds">How long it ran.</param>
    /// <exception cref="InvalidOperationException">It was observed before.</exception>
    /// <exception cref="ArgumentException">The map has another length.</exception>
    public void Observe(int entry, ReadOnlySpan<byte> map, long nanoseconds)
    {
        ref var state = ref State(entry);
        if (map.Length != _features.MapLength)
            throw new ArgumentException("The map has another length than the scheduler's.", nameof(map));
        if (state.IsObserved)
            throw new InvalidOperationException("The entry was observed before.");

        state.IsObserved = true;
        state.Nanoseconds = Math.Max(1, nanoseconds) + state.Stats.Length / BytesCopiedPerNanosecond;
        _totalLog2 += BitOperations.Log2((ulong)state.Nanoseconds);
        _observed++;
        _features.Observe(entry, map, _entries);
        _isStale = true;
    }

    /// <summary>Whether <see cref="Observe"/> was called for the entry.</summary>
    public bool IsObserved(int entry) => State(entry).IsObserved;

    /// <summary>
    /// The entry to mutate next: those that were neither observed nor ever picked first, each once, but for what has killed before; then by weight. (An entry that kills
    /// a young process would be the first pick of each one that takes over.)
    /// </summary>
    /// <exception cref="InvalidOperationException">There is none.</exception>
    public int Pick(ref Rng rng)
    {
        if (Count == 0)
            throw new InvalidOperationException("The corpus is empty.");

        while (_nextNew < Count)
        {
            var entry = _nextNew++;
            if (_entries[entry] is { IsObserved: false, Picks: 0, HasKilled: false })
            {
                _entries[entry].CountPick();
                return entry;
            }
        }

        if (_isStale)
            Refresh();

        var picked = _weights.Find(rng.NextBelow(_weights.Total));
        _entries[picked].CountPick();
        Weigh(picked);

        // Kills are forgiven with time, not with an entry's own picks, which are few while it is shunned.
        _nextRefresh = (_nextRefresh + 1) % Count;
        _entries[_nextRefresh].Forgive();
        Weigh(_nextRefresh);
        return picked;
    }

    /// <summary>Executions to spend on this pick, from 1 to <see cref="MaxEnergy"/>; fewer than <see cref="UsualEnergy"/> for the shunned and the very slow only.</summary>
    public int Energy(int entry) => State(entry).Energy(AverageNanoseconds);

    /// <summary>
    /// A child of the entry killed or hung the process, which costs about a second: its weight falls to an eighth, down to 1/65,536 after
    /// many, and doubles again with every 16 picks for each entry that there is.
    /// </summary>
    public void ChildKilled(int entry)
    {
        State(entry).CountKill();
        Weigh(entry);
    }

    /// <summary>A child of the entry brought something new.</summary>
    public void ChildFound(int entry)
    {
        State(entry).CountFind();
        Weigh(entry);
    }

    /// <summary>The entry's weight among all others'.</summary>
    internal ulong WeightOf(int entry) => _weights[entry];

    /// <summary>Whether the entry is one of the favoured, as of the last pick by weight.</summary>
    internal bool IsFavoured(int entry) => State(entry).IsFavoured;

    private ref EntryState State(int entry)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)entry, (uint)Count, nameof(entry));
        return ref _entries[entry];
    }

    private void Refresh()
    {
        _isStale = false;
        _features.Choose(_entries.AsSpan(0, Count));
        for (var entry = 0; entry < Count; entry++)
            Weigh(entry);
    }

    private void Weigh(int entry)
    {
        var weight = _entries[entry].Weight(AverageNanoseconds);
        if (weight != _weights[entry])
            _weights.Set(entry, weight);
    }
}
