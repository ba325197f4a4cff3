using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;

namespace Shmem.Backends.Slots;

/// <summary>
/// What a worker process shares with the broker as long as it lives: its phase, its counters, its coverage map and its last inputs, in one segment that the
/// broker makes before it starts the process, and reads after its death.
/// </summary>
/// <remarks>
/// <para>
/// Layout: bytes 0–31 the common header (magic <c>SHMEMPRC</c>), 32 edges (4); 64 phase (4); 128 executions (8), 136 reserved (8), 144 the parent's ordinal (8), 152 its slot, plus one (4); 192 the input ring's furthest
/// reserved end (8); 256 its index, 64 entries of 32 bytes {number (8), position (8), length (4)}; from 4096 the map, padded to a multiple of 4096; then
/// the ring's area of 4 MiB.
/// </para>
/// <para>
/// The process writes from one thread; anyone may read. Phase and counters are releasing stores and acquiring reads, each whole by itself: who sees
/// <see cref="ProcessPhase.Running"/> sees the input that was committed before it. It holds a lease until it is disposed; map and ring must not be used after that.
/// </para>
/// </remarks>
public sealed unsafe class ProcessMemory : IDisposable
{
    internal const int HeaderSize = 4096;
    internal const int EdgesOffset = 32;
    internal const int PhaseOffset = 64;
    internal const int ExecutionsOffset = 128;
    internal const int ParentOffset = 144;
    internal const int ReservedOffset = 192;
    internal const int IndexOffset = 256;
    private const uint Version = 1;
    private const string What = "a process's memory";
    private static readonly ulong Magic = BitConverter.ToUInt64("SHMEMPRC"u8);

    private readonly ShMemLease _lease;
    private readonly byte* _start;

    private ProcessMemory(ShMemLease lease, int edges)
    {
        _lease = lease;
        _start = lease.Pointer;
        Map = new CoverageMap(_start + HeaderSize, edges);
        Inputs = new InputRing(_start + ReservedOffset, _start + IndexOffset, _start + InputsOffset(edges));
    }

    /// <summary>The map that the target writes.</summary>
    public CoverageMap Map { get; }

    /// <summary>The last inputs.</summary>
    public InputRing Inputs { get; }

    /// <summary>What the process is doing.</summary>
    public ProcessPhase Phase
    {
        get => (ProcessPhase)Volatile.Read(ref *(int*)(_start + PhaseOffset));
        set => Volatile.Write(ref *(int*)(_start + PhaseOffset), (int)value);
    }

    /// <summary>Executions that the process has completed.</summary>
    public long Executions
    {
        get => Volatile.Read(ref *(long*)(_start + ExecutionsOffset));
        set => Volatile.Write(ref *(long*)(_start + ExecutionsOffset), value);
    }

    /// <summary>The corpus entry whose children are being run; null before the first, and where a death met the change from one to the next.</summary>
    public CorpusAddress? Parent
    {
        get
        {
            var slot = Volatile.Read(ref *(int*)(_start + ParentOffset + sizeof(long)));
            return slot > 0 ? new CorpusAddress(slot - 1, Volatile.Read(ref *(long*)(_start + ParentOffset))) : null;
        }

        set
        {
            // None in between: a death here leaves no slot beside another one's ordinal.
            Volatile.Write(ref *(int*)(_start + ParentOffset + sizeof(long)), 0);
            Volatile.Write(ref *(long*)(_start + ParentOffset), value?.Ordinal ?? 0);
            Volatile.Write(ref *(int*)(_start + ParentOffset + sizeof(long)), value is { } parent ? parent.Slot + 1 : 0);
        }
    }

    /// <summary>Bytes of a segment for so many edges: 4 KiB, the map rounded up to pages, and 4 MiB, most of which is only touched by large inputs.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 or more than <see cref="CoverageMap.MostEdges"/>.</exception>
    public static long SizeFor(int edges) => InputsOffset(edges) + InputRing.Area;

    /// <summary>Lays out a new segment.</summary>
    /// <param name="segment">A new segment, all zero, of at least <see cref="SizeFor"/> bytes. The caller keeps and disposes it.</param>
    /// <param name="edges">Edges of the map.</param>
    /// <returns>The memory. The caller disposes it.</returns>
    /// <exception cref="ShMemException">The segment is too small.</exception>
    public static ProcessMemory Create(ShMem segment, int edges)
    {
        LayoutHeader.CheckRoom(segment, SizeFor(edges), What);
        var lease = segment.Lease();
        // SAFETY: the room was checked and the lease keeps the mapping.
        *(int*)(lease.Pointer + EdgesOffset) = edges;
        LayoutHeader.Write(lease.Pointer, Magic, Version, HeaderSize, segment.Length);
        return new ProcessMemory(lease, edges);
    }

    /// <summary>Opens what another process laid out. Only one process may write, from its start on.</summary>
    /// <param name="segment">The segment. The caller keeps and disposes it.</param>
    /// <returns>The memory. The caller disposes it.</returns>
    /// <exception cref="ShMemException">It is no process's memory, of another layout version, or damaged.</exception>
    public static ProcessMemory Open(ShMem segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        var lease = segment.Lease();
        try
        {
            LayoutHeader.Check(segment, Magic, Version, HeaderSize, What);
            var edges = Volatile.Read(ref *(int*)(lease.Pointer + EdgesOffset));
            if (edges is < 1 or > CoverageMap.MostEdges || SizeFor(edges) > segment.Length)
                throw LayoutHeader.Invalid(segment, What, $"{edges} edges do not fit {segment.Length} bytes");
            return new ProcessMemory(lease, edges);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Lets the segment go. Nobody may be using it.</summary>
    public void Dispose() => _lease.Dispose();

    private static long InputsOffset(int edges) => HeaderSize + ((CoverageMap.PaddedLength(edges) + 4095L) & -4096L);
}
