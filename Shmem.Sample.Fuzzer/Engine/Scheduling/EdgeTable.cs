using System.Runtime.InteropServices;

namespace Shmem.Sample.Fuzzer.Engine.Scheduling;

/// <summary>
/// For each edge of the map the cheapest entry that hits it (AFL's top_rated) and how many entries do. From these it chooses the favoured
/// entries: a small set that covers every edge seen.
/// </summary>
internal sealed class EdgeTable(int mapLength)
{
    private const int Nobody = -1;

    private readonly int[] _hits = new int[mapLength];
    private readonly int[] _cheapest = CreateFilled(mapLength, Nobody);
    private readonly int[] _scratch = new int[mapLength];
    private readonly bool[] _covered = new bool[mapLength];

    // By entry: its edges, and how many of them it is the cheapest of. Edges are dropped with the last of these: it can't be favoured again.
    private readonly List<int[]?> _edges = [];
    private readonly List<int> _owned = [];

    /// <summary>Counters that a map must have.</summary>
    public int MapLength => mapLength;

    /// <summary>The cheapest entry that hits an edge; −1 if none has.</summary>
    public int Cheapest(int edge) => _cheapest[edge];

    /// <summary>How many entries hit an edge.</summary>
    public int Hits(int edge) => _hits[edge];

    /// <summary>Makes room for the next entry.</summary>
    public void Add()
    {
        _edges.Add(null);
        _owned.Add(0);
    }

    /// <summary>Takes up what an entry hits. Allocates its list of edges.</summary>
    public void Observe(int entry, ReadOnlySpan<byte> map, ReadOnlySpan<EntryState> entries)
    {
        var count = 0;
        var cost = entries[entry].Cost;
        for (var edge = 0; (edge = NextHit(map, edge)) < map.Length; edge++)
        {
            _scratch[count++] = edge;
            _hits[edge]++;
            var owner = _cheapest[edge];
            if (owner != Nobody && entries[owner].Cost <= cost)
                continue;

            _cheapest[edge] = entry;
            CollectionsMarshal.AsSpan(_owned)[entry]++;
            if (owner != Nobody && --CollectionsMarshal.AsSpan(_owned)[owner] == 0)
                _edges[owner] = null;
        }

        if (_owned[entry] > 0)
            _edges[entry] = _scratch[..count];
    }

    /// <summary>Chooses the favoured entries anew, and tells each entry how rare the edges are that it stands for.</summary>
    public void Choose(Span<EntryState> entries)
    {
        foreach (ref var entry in entries)
        {
            entry.IsFavoured = false;
            entry.RarestHits = 0;
        }

        Array.Clear(_covered);
        for (var edge = 0; edge < _cheapest.Length; edge++)
        {
            var owner = _cheapest[edge];
            if (owner == Nobody)
                continue;

            ref var entry = ref entries[owner];
            entry.RarestHits = entry.RarestHits == 0 ? _hits[edge] : Math.Min(entry.RarestHits, _hits[edge]);
            if (_covered[edge])
                continue;

            entry.IsFavoured = true;
            foreach (var covered in _edges[owner]!)
                _covered[covered] = true;
        }
    }

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
