namespace Shmem.Backends.Coverage;

/// <summary>
/// What anyone has reached: per edge the hit-count buckets seen, once for the queue, once for crashes and once for hangs (as AFL does), in one segment
/// that every process maps. Bits are only ever set, by the claims of <see cref="Corpus.CorpusLogWriter"/>.
/// </summary>
/// <remarks>
/// <para>
/// Layout: bytes 0–31 the header common to all layouts (magic <c>SHMBOARD</c>), 32 edges (4), 36 reserved (28), 64 map identity (32), 96 reserved (32); from 128
/// the three boards one after the other, each <see cref="CoverageMap.PaddedLength"/> bytes.
/// </para>
/// <para>Every member may be used from any thread and process at once, but for <see cref="Dispose"/>; a map may be cleared only by the thread that runs its executions. It holds a lease on the segment until it is disposed.</para>
/// </remarks>
public sealed unsafe class CoverageBoard : IDisposable
{
    internal const int HeaderSize = 128;
    internal const int EdgesOffset = 32;
    internal const int IdentityOffset = 64;
    private const int Kinds = 3;
    private const uint Version = 1;
    private const string What = "a coverage board";
    private static readonly ulong Magic = BitConverter.ToUInt64("SHMBOARD"u8);

    private readonly ShMemLease _lease;
    private readonly int _length;

    private CoverageBoard(ShMemLease lease, MapIdentity identity, int edges)
    {
        _lease = lease;
        Identity = identity;
        Edges = edges;
        _length = CoverageMap.PaddedLength(edges);
    }

    /// <summary>What the ids mean.</summary>
    public MapIdentity Identity { get; }

    /// <summary>Edges of the maps that can be compared with it.</summary>
    public int Edges { get; }

    /// <summary>Bytes of a segment for so many edges.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 or more than <see cref="CoverageMap.MostEdges"/>.</exception>
    public static long SizeFor(int edges) => HeaderSize + (long)Kinds * CoverageMap.PaddedLength(edges);

    /// <summary>Lays out a new segment as an empty board.</summary>
    /// <param name="segment">A new segment, all zero, of at least <see cref="SizeFor"/> bytes. The caller keeps and disposes it.</param>
    /// <param name="identity">What the ids mean.</param>
    /// <param name="edges">Edges, 1 to <see cref="CoverageMap.MostEdges"/>.</param>
    /// <returns>The board. The caller disposes it.</returns>
    /// <exception cref="ShMemException">The segment is too small, or <c>SHMEM_VECTOR</c> is set to something unknown.</exception>
    public static CoverageBoard Create(ShMem segment, MapIdentity identity, int edges)
    {
        VectorChoice.Check(Environment.GetEnvironmentVariable(VectorChoice.Variable));
        LayoutHeader.CheckRoom(segment, SizeFor(edges), What);
        var lease = segment.Lease();
        // SAFETY: the room was checked and the lease keeps the mapping.
        var start = lease.Pointer;
        *(int*)(start + EdgesOffset) = edges;
        identity.Write(new Span<byte>(start + IdentityOffset, MapIdentity.Size));
        LayoutHeader.Write(start, Magic, Version, HeaderSize, segment.Length);
        return new CoverageBoard(lease, identity, edges);
    }

    /// <summary>Opens a board that this or another process created.</summary>
    /// <param name="segment">The segment. The caller keeps and disposes it.</param>
    /// <param name="identity">The identity that the caller's own maps have.</param>
    /// <returns>The board. The caller disposes it.</returns>
    /// <exception cref="ShMemException">
    /// It is not a board, of another layout version, of another identity, damaged, or <c>SHMEM_VECTOR</c> is set to something unknown.
    /// </exception>
    public static CoverageBoard Open(ShMem segment, MapIdentity identity)
    {
        ArgumentNullException.ThrowIfNull(segment);
        VectorChoice.Check(Environment.GetEnvironmentVariable(VectorChoice.Variable));
        var lease = segment.Lease();
        try
        {
            LayoutHeader.Check(segment, Magic, Version, HeaderSize, What);
            // SAFETY: the header was checked to lie in the mapping, which the lease keeps.
            var start = lease.Pointer;
            var found = new MapIdentity(new ReadOnlySpan<byte>(start + IdentityOffset, MapIdentity.Size));
            if (found != identity) throw LayoutHeader.Invalid(segment, What, $"its map identity is {found}, not {identity}");
            var edges = Volatile.Read(ref *(int*)(start + EdgesOffset));
            if (edges is < 1 or > CoverageMap.MostEdges || SizeFor(edges) > segment.Length)
                throw LayoutHeader.Invalid(segment, What, $"{edges} edges do not fit {segment.Length} bytes");
            return new CoverageBoard(lease, identity, edges);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>What the map has that the board lacks. It only reads, skips what is zero, and neither allocates nor locks.</summary>
    /// <exception cref="ArgumentException">The map has another number of edges.</exception>
    /// <exception cref="ObjectDisposedException">The board is disposed.</exception>
    public BoardVerdict Compare(CoverageMap map, BoardKind kind)
    {
        var board = At(map, kind);
        var line = BoardScan.NextNew(map.Start, board, _length, 0);
        if (line == _length) return BoardVerdict.None;
        do
        {
            for (var i = line; i < line + BoardScan.Line; i += sizeof(ulong))
                if (HasNewEdge(HitBuckets.Classify(*(ulong*)(map.Start + i)), *(ulong*)(board + i))) return BoardVerdict.NewEdges;
            line = BoardScan.NextNew(map.Start, board, _length, line + BoardScan.Line);
        }
        while (line < _length);
        return BoardVerdict.NewBuckets;
    }

    /// <summary>
    /// Clears the map if the board has all that it has, and else leaves it as it is: <see cref="Compare"/> and <see cref="CoverageMap.Clear"/> in one pass, for
    /// executions that bring nothing new. It neither allocates nor locks. The map is the calling thread's, as for <see cref="CoverageMap.Clear"/>.
    /// </summary>
    /// <returns>True where it cleared the map. Of what a thread that the target left running counts meanwhile, some may be lost and some kept; what it counts later is kept.</returns>
    /// <exception cref="ArgumentException">The map has another number of edges.</exception>
    /// <exception cref="ObjectDisposedException">The board is disposed.</exception>
    public bool ClearIfKnown(CoverageMap map, BoardKind kind) => BoardScan.ClearIfKnown(map.Start, At(map, kind), _length);

    /// <summary>Adds all that the map has, without a record: for executions that are recorded elsewhere, such as hangs. From any thread and process.</summary>
    /// <exception cref="ArgumentException">The map has another number of edges.</exception>
    /// <exception cref="ObjectDisposedException">The board is disposed.</exception>
    public void Merge(CoverageMap map, BoardKind kind)
    {
        var board = At(map, kind);
        for (var i = 0; i < map.Length; i += sizeof(ulong))
        {
            var buckets = HitBuckets.Classify(*(ulong*)(map.Start + i));
            if ((buckets & ~*(ulong*)(board + i)) != 0) Interlocked.Or(ref *(ulong*)(board + i), buckets);
        }
    }

    /// <summary>Edges that the board of this kind knows. Reads the whole board: a microsecond for some ten thousand edges.</summary>
    /// <exception cref="ObjectDisposedException">The board is disposed.</exception>
    public int EdgesFound(BoardKind kind) => Edges - Buckets(kind).Count((byte)0);

    /// <summary>The buckets seen, a byte per edge. Others set bits while it is read.</summary>
    /// <exception cref="ObjectDisposedException">The board is disposed.</exception>
    public ReadOnlySpan<byte> Buckets(BoardKind kind) => new(At(kind), Edges);

    /// <summary>Lets the segment go. Nobody may be using the board.</summary>
    public void Dispose() => _lease.Dispose();

    /// <summary>The board of this kind, after checking that the map belongs to it.</summary>
    internal byte* At(CoverageMap map, BoardKind kind)
    {
        if (map.Edges != Edges) throw new ArgumentException($"The map has {map.Edges} edges, the board {Edges}.", nameof(map));
        return At(kind);
    }

    /// <summary>True when a byte that is zero in <paramref name="seen"/> is not in <paramref name="buckets"/>.</summary>
    internal static bool HasNewEdge(ulong buckets, ulong seen)
    {
        for (; buckets != 0; buckets >>= 8, seen >>= 8)
            if ((byte)buckets != 0 && (byte)seen == 0) return true;
        return false;
    }

    private byte* At(BoardKind kind)
    {
        if ((uint)kind >= Kinds) throw new ArgumentOutOfRangeException(nameof(kind), kind, "There are three boards.");
        return _lease.Pointer + HeaderSize + (long)kind * _length;
    }
}
