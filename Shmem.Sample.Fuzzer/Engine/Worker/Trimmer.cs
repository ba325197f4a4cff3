using System.Diagnostics;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// Shortens an input that has brought something new, before it becomes an entry: blocks are left out, large ones first, as long as the rest still brings all
/// that was new. (AFL's trim stage keeps the whole map as it was; what was known already does not need this entry.) Children of short entries are short, and run faster.
/// </summary>
/// <param name="memory">This process's memory, in which the inputs are made and the map lies.</param>
/// <param name="board">What anyone has reached.</param>
/// <param name="run">Runs the target on an input that is committed to the memory's ring.</param>
/// <param name="time">Says when it has taken long enough.</param>
internal sealed class Trimmer(ProcessMemory memory, CoverageBoard board, Trimmer.RunTarget run, TimeProvider time)
{
    private const int MostExecutions = 256;
    private const int ShortEnough = 8;

    /// <summary>A young corpus finds hundreds of entries a second: with five times as much, trimming took half of a campaign's first seconds.</summary>
    private static readonly TimeSpan MostTime = TimeSpan.FromMilliseconds(10);

    /// <summary>Twice as long as the longest tick of a coarse clock, Windows' of 15.6 ms: what took longer by it did take long.</summary>
    private static readonly TimeSpan Coarse = TimeSpan.FromMilliseconds(32);

    // What the input brings that the board lacks.
    private readonly List<(int Edge, byte Bucket)> _needed = [];
    private byte[] _map = [];
    private byte[] _best = [];
    private int _length;
    private int _executions;
    private long _begun;
    private bool _isTimed;

    /// <summary>As <see cref="PreparedTarget.Run"/>.</summary>
    public delegate Exception? RunTarget(ReadOnlySpan<byte> input);

    /// <summary>How long a run of what was returned took, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Elapsed { get; private set; }

    /// <summary>
    /// Shortens the input that has just run. The map is afterwards that of the shortened one, also where the target does not do the same every time.
    /// </summary>
    /// <param name="input">The input.</param>
    /// <param name="elapsed">How long it ran, in ticks of <see cref="Stopwatch"/>, by a clock that may be coarse: what ran shortly and cannot be shortened is run once more for its time.</param>
    /// <param name="thrown">Is given each exception that such a run ends with, and how long that took, while the map is that run's.</param>
    /// <returns>The shortened input, or the same; valid until the next call.</returns>
    public ReadOnlySpan<byte> Trim(ReadOnlySpan<byte> input, long elapsed, Action<byte[], Exception, long> thrown)
    {
        Keep(input, elapsed);
        _isTimed = elapsed >= Coarse.TotalSeconds * Stopwatch.Frequency;
        FindNeeded();
        _executions = 0;
        _begun = time.GetTimestamp();
        for (var block = _length / 2; block > 0 && MayGoOn; block /= 2)
        {
            // From the end: what stands behind the news is most often idle.
            for (var place = _length - block; place >= 0 && MayGoOn; place -= block) TryWithout(place, block, thrown);
        }

        if (!_isTimed) TryWithout(0, 0, thrown);
        _map.CopyTo(memory.Map.Counters);
        return _best.AsSpan(0, _length);
    }

    private bool MayGoOn => _length > ShortEnough && _executions < MostExecutions && time.GetElapsedTime(_begun) < MostTime;

    private void TryWithout(int place, int block, Action<byte[], Exception, long> thrown)
    {
        _executions++;
        memory.Phase = ProcessPhase.Mutating;
        var room = memory.Inputs.Begin(_length - block);
        _best.AsSpan(0, place).CopyTo(room);
        _best.AsSpan(place + block, _length - place - block).CopyTo(room[place..]);
        var shorter = memory.Inputs.Commit(room.Length);
        var start = Stopwatch.GetTimestamp();
        var exception = run(shorter);
        var elapsed = Stopwatch.GetTimestamp() - start;
        if (exception is not null) thrown(shorter.ToArray(), exception, elapsed);
        if (exception is not null || !HasNeeded()) return;
        Keep(shorter, elapsed);
        _isTimed = true;
    }

    private void Keep(ReadOnlySpan<byte> input, long elapsed)
    {
        if (_best.Length < input.Length) _best = new byte[Math.Max(4096, input.Length)];
        if (_map.Length == 0) _map = new byte[memory.Map.Edges];
        input.CopyTo(_best);
        _length = input.Length;
        memory.Map.Counters.CopyTo(_map);
        Elapsed = elapsed;
    }

    private void FindNeeded()
    {
        _needed.Clear();
        var hits = memory.Map.Counters;
        var seen = board.Buckets(BoardKind.Queue);
        for (var edge = 0; edge < hits.Length; edge++)
        {
            var bucket = HitBuckets.Classify(hits[edge]);
            if ((bucket & ~seen[edge]) != 0) _needed.Add((edge, bucket));
        }
    }

    private bool HasNeeded()
    {
        var hits = memory.Map.Counters;
        foreach (var (edge, bucket) in _needed)
            if (HitBuckets.Classify(hits[edge]) != bucket) return false;
        return true;
    }
}
