using Shmem.Backends;
using Shmem.Backends.Coverage;
using Shmem.Backends.Heap;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>A copy of a dead worker's map, in memory of the broker's own.</summary>
internal sealed unsafe class MapCopy : IDisposable
{
    private static readonly HeapShMemProvider Heap = new();

    private readonly ShMem _memory;

    public MapCopy(CoverageMap map)
    {
        _memory = Heap.Create(map.Length);
        new ReadOnlySpan<byte>(map.Start, map.Length).CopyTo(_memory.Span);
        // SAFETY: the memory starts on a page, has the map's length, and lives as long as this.
        Map = new CoverageMap(_memory.Pointer, map.Edges);
    }

    public CoverageMap Map { get; }

    public void Dispose() => _memory.Dispose();
}
