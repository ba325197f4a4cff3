using System.Numerics;
using System.Runtime.InteropServices;

namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>
/// For each feature, which is an edge hit about so often (AFL's eight buckets), the cheapest entry that has it (AFL's top_rated) and how
/// many entries do. From these it chooses the favoured entries, a small and cheap set that covers every edge seen, and tells the others how rare
/// their features are: that (as in libFuzzer) keeps the way into deep loops and nesting alive, whose edges are all seen in the first round.
/// </summary>
internal sealed class FeatureTable(int mapLength)
{
    private const int Buckets = 8;
    private const int Nobody = -1;

    private readonly int[] _hits = new int[mapLength * Buckets];
    private readonly int[] _cheapest = CreateFilled(mapLength * Buckets, Nobody);
    private readonly bool[] _isSeen = new bool[mapLength];
    private readonly bool[] _covered = new bool[mapLength];
    private readonly int[] _scratch = new int[mapLength];
    private readonly List<int> _seen = [];

    // By entry: its features, and how many of them it is the cheapest for. They are dropped with the last of these: it can't be favoured again.
    private readonly List<int[]?> _features = [];
    private readonly List<int> _owned = [];

    /// <summary>Counters that a map must have.</summary>
    public int MapLength => mapLength;

    /// <summary>Makes room for the next entry.</summary>
    public void Add()
    {
        _features.Add(null);
        _owned.Add(0);
    }

    /// <summary>Takes up what an entry hits. Allocates its list of features.</summary>
    public void Observe(int entry, ReadOnlySpan<byte> map, ReadOnlySpan<EntryState> entries)
    {
        var count = 0;
        var cost = entries[entry].Cost;
        var owned = CollectionsMarshal.AsSpan(_owned);
        for (var edge = 0; (edge = NextHit(map, edge)) < map.Length; edge++)
        {
            var feature = edge * Buckets + Bucket(map[edge]);
            _scratch[count++] = feature;
            _hits[feature]++;
            if (!_isSeen[edge])
            {
                _isSeen[edge] = true;
                _seen.Add(edge);
            }

            var owner = _cheapest[feature];
            if (owner != Nobody)
            {
                if (entries[owner].Cost <= cost)
                    continue;
                if (--owned[owner] == 0)
                    _features[owner] = null;
            }

            _cheapest[feature] = entry;
            owned[entry]++;
        }

        if (owned[entry] > 0)
            _features[entry] = _scratch[..count];
    }

    /// <summary>Chooses the favoured entries anew, and tells each entry how rare the features are that it stands for.</summary>
    public void Choose(Span<EntryState> entries)
    {
        foreach (ref var entry in entries)
        {
            entry.IsFavoured = false;
            entry.RarestHits = 0;
        }

        Array.Clear(_covered);
        foreach (var edge in _seen)
        {
            var favoured = Nobody;
            for (var feature = edge * Buckets; feature < (edge + 1) * Buckets; feature++)
            {
                var owner = _cheapest[feature];
                if (owner == Nobody)
                    continue;

                ref var rarest = ref entries[owner].RarestHits;
                rarest = rarest == 0 ? _hits[feature] : Math.Min(rarest, _hits[feature]);
                if (favoured == Nobody || entries[owner].Cost < entries[favoured].Cost)
                    favoured = owner;
            }

            if (!_covered[edge])
                Favour(favoured, ref entries[favoured]);
        }
    }

    private void Favour(int entry, ref EntryState state)
    {
        state.IsFavoured = true;
        foreach (var feature in _features[entry]!)
            _covered[feature / Buckets] = true;
    }

    /// <summary>1, 2, 3, 4–7, 8–15, 16–31, 32–127, 128 and more: 0 to 7.</summary>
    private static int Bucket(byte counter) => counter switch
    {
        < 4 => counter - 1,
        < 32 => BitOperations.Log2(counter) + 1,
        < 128 => 6,
        _ => 7,
    };

    private static int NextHit(ReadOnlySpan<byte> map, int from)
    {
        var next = map[from..].IndexOfAnyExcept((byte)0);
        return next < 0 ? map.Length : from + next;
    }

    private static int[] CreateFilled(int length, int value)
    {
        var array = new int[length];
        Array.Fill(array, value);
        return array;
    }
}
