using System.Numerics;
using System.Runtime.InteropServices;

namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>
/// For each feature, which is an edge hit about so often (AFL's eight buckets), the cheapest entry that has it (AFL's top_rated) and how
/// many entries do. From these it chooses the favoured entries: a small set that covers every feature seen, so every edge too. AFL covers
/// edges only; libFuzzer's features keep the way into deep loops and nesting alive, of which the edges are seen at the first round.
/// </summary>
internal sealed class FeatureTable(int mapLength)
{
    private const int Buckets = 8;
    private const int NotSeen = -1;

    private readonly int[] _hits = new int[mapLength * Buckets];
    private readonly int[] _cheapest = CreateFilled(mapLength * Buckets, NotSeen);
    private readonly bool[] _covered = new bool[mapLength * Buckets];
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
            var owner = _cheapest[feature];
            if (owner == NotSeen)
                _seen.Add(feature);
            else if (entries[owner].Cost <= cost)
                continue;
            else if (--owned[owner] == 0)
                _features[owner] = null;

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
        foreach (var feature in _seen)
        {
            var owner = _cheapest[feature];
            ref var entry = ref entries[owner];
            entry.RarestHits = entry.RarestHits == 0 ? _hits[feature] : Math.Min(entry.RarestHits, _hits[feature]);
            if (_covered[feature])
                continue;

            entry.IsFavoured = true;
            foreach (var covered in _features[owner]!)
                _covered[covered] = true;
        }
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
