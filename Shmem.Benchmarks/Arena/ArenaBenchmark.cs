using System.Runtime.Versioning;
using Shmem.Backends.Arena;
using Shmem.Backends.Memfd;
using Shmem.Benchmarks.Measuring;

namespace Shmem.Benchmarks.Arena;

/// <summary>A cell of an arena beside a segment of its own.</summary>
[SupportedOSPlatform("linux")]
internal static class ArenaBenchmark
{
    private const int Size = 64;
    private const int Turns = 101;

    public static void Run()
    {
        var provider = new MemfdShMemProvider();
        using var segment = provider.Create(16 << 20);
        using var arena = SharedArena.Create(segment, 4096);
        // Among others, of which every second was freed again.
        var cells = Enumerable.Range(0, 10_000).Select(_ => arena.Allocate(Size)).ToList();
        for (var i = 0; i < cells.Count; i += 2) arena.Free(cells[i]);
        Comparison.Print($"create and free {Size} bytes", 1_000, Turns, [new Bound("Arena cell", "Segment", 0.02)],
        [
            Comparison.Here("Segment", () => provider.Create(Size).Dispose()),
            Comparison.Here("Arena cell", () => arena.Free(arena.Allocate(Size))),
        ]);
    }
}
