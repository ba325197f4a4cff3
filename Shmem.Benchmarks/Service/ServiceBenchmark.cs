using System.Runtime.Versioning;
using Shmem.Benchmarks.Floor;
using Shmem.Benchmarks.Measuring;

namespace Shmem.Benchmarks.Service;

/// <summary>A segment from a service in another process: request, descriptor, map, unmap, release; beside the same frames over SCM_RIGHTS in C.</summary>
[SupportedOSPlatform("linux")]
internal static class ServiceBenchmark
{
    private const int Size = 65536;
    private const int Rounds = 40;
    private const int Turns = 201;

    public static void Run()
    {
        using var floor = CFloor.TryStart(out var why);
        if (floor is null) Console.WriteLine($"C floor skipped: {why}.");
        using var service = new ServiceProcess(Size);
        var provider = service.Provider;
        Comparison.Print("open + map + unmap + release, served", Rounds, Turns, [new Bound("Shmem", "C", 1.50)],
        [
            .. CFloor.Contenders(floor, "C", "open-served"),
            Comparison.Here("Shmem", () => provider.Open(service.Segment).Dispose()),
        ]);
        Comparison.Print("create + map + unmap + release, served", Rounds, Turns, [new Bound("Shmem", "C", 1.50)],
        [
            .. CFloor.Contenders(floor, "C", "create-served"),
            Comparison.Here("Shmem", () => provider.Create(Size).Dispose()),
        ]);
    }
}
