using Shmem.Backends;
using Shmem.Backends.Coverage;
using Shmem.Backends.Heap;
using Shmem.Backends.Slots;

namespace Shmem.Tests.Coverage;

/// <summary>A board and a map for it, in this process's memory.</summary>
internal sealed class BoardFixture : IDisposable
{
    public static readonly MapIdentity Identity = new([.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    private readonly ShMem _process;
    private readonly ProcessMemory _memory;

    public BoardFixture(int edges)
    {
        var provider = new HeapShMemProvider();
        Segment = provider.Create(CoverageBoard.SizeFor(edges));
        Board = CoverageBoard.Create(Segment, Identity, edges);
        _process = provider.Create(ProcessMemory.SizeFor(edges));
        _memory = ProcessMemory.Create(_process, edges);
    }

    public ShMem Segment { get; }

    public CoverageBoard Board { get; }

    public CoverageMap Map => _memory.Map;

    public unsafe Span<byte> Seen(BoardKind kind) => new(Board.At(Map, kind), Map.Length);

    public void Dispose()
    {
        Board.Dispose();
        Segment.Dispose();
        _memory.Dispose();
        _process.Dispose();
    }
}
