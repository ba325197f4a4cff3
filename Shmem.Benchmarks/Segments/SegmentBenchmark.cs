using System.IO.MemoryMappedFiles;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Memfd;
using Shmem.Backends.PosixShm;
using Shmem.Backends.SysV;
using Shmem.Benchmarks.Floor;
using Shmem.Benchmarks.Measuring;

namespace Shmem.Benchmarks.Segments;

/// <summary>Create and attach 64 KiB, beside the same system calls in C and beside <see cref="MemoryMappedFile"/>.</summary>
[SupportedOSPlatform("linux")]
internal static class SegmentBenchmark
{
    private const int Size = 65536;
    private const int Rounds = 200;
    private const int Turns = 301;

    public static void Run()
    {
        using var floor = CFloor.TryStart(out var why);
        if (floor is null) Console.WriteLine($"C floor skipped: {why}.");
        Create("create + map + dispose, memfd", "create-memfd", new MemfdShMemProvider(), floor,
            new Bound("Shmem", "C", 1.10), new Bound("Shmem", "MemoryMappedFile", 0.90));
        Create("create + map + dispose, POSIX", "create-posix", new PosixShMemProvider(), floor);
        Create("create + map + dispose, System V", "create-sysv", new SysVShMemProvider(), floor);

        using var segment = new MemfdShMemProvider().Create(Size);
        var provider = new MemfdShMemProvider();
        Comparison.Print("attach with all checks, memfd", Rounds, Turns, [new Bound("Shmem", "C", 1.15)],
        [
            .. CFloor.Contenders(floor, "C", "attach-memfd"),
            .. CFloor.Contenders(floor, "C, closed last", "attach-memfd-closed-last"),
            .. CFloor.Contenders(floor, "C, all checks", "attach-memfd-checked"),
            Comparison.Here("Shmem", () => provider.Open(segment.Description).Dispose()),
        ]);
    }

    private static void Create(string title, string inC, ShMemProvider provider, CFloor? floor, params IReadOnlyList<Bound> bounds) =>
        Comparison.Print(title, Rounds, Turns, bounds,
        [
            .. CFloor.Contenders(floor, "C", inC),
            Comparison.Here("Shmem", () => provider.Create(Size).Dispose()),
            Comparison.Here("MemoryMappedFile", CreateMemoryMappedFile),
        ]);

    private static void CreateMemoryMappedFile()
    {
        using var file = MemoryMappedFile.CreateNew(null, Size);
        using var view = file.CreateViewAccessor();
    }
}
