using System.Runtime.Versioning;
using Shmem.Backends.Memfd;
using Shmem.Backends.Ring;
using Shmem.Benchmarks.Floor;
using Shmem.Benchmarks.Measuring;

namespace Shmem.Benchmarks.Ring;

/// <summary>A message of 64 bytes through a ring, written and read by one thread, beside the same stores and copies in C.</summary>
[SupportedOSPlatform("linux")]
internal static class RingBenchmark
{
    private const int Rounds = 10_000;
    private const int Turns = 101;

    public static void Run()
    {
        using var floor = CFloor.TryStart(out var why);
        if (floor is null) Console.WriteLine($"C floor skipped: {why}.");
        using var segment = new MemfdShMemProvider().Create(SharedRing.SizeFor(1 << 16));
        using var ring = SharedRing.Create(segment);
        using var reader = ring.Join(RingStart.Newest);
        var message = new byte[64];
        var buffer = new byte[ring.LongestMessage];
        Comparison.Print("write and read a message of 64 bytes", Rounds, Turns, [],
        [
            .. CFloor.Contenders(floor, "C", "ring"),
            Comparison.Here("Shmem", () =>
            {
                ring.Write(message, RingPressure.Fail);
                reader.TryRead(buffer, out _);
            }),
        ]);
    }
}
