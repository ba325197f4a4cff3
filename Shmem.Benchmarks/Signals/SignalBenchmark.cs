using System.Runtime.Versioning;
using Shmem.Backends.Memfd;
using Shmem.Backends.Signals;
using Shmem.Benchmarks.Floor;
using Shmem.Benchmarks.Measuring;

namespace Shmem.Benchmarks.Signals;

/// <summary>How long another process takes to wake, beside a futex with the same protocol in C, and what the mutex costs that nobody waits for.</summary>
[SupportedOSPlatform("linux")]
internal static class SignalBenchmark
{
    private const int Turns = 101;

    public static void Run()
    {
        using var floor = CFloor.TryStart(out var why);
        if (floor is null) Console.WriteLine($"C floor skipped: {why}.");
        using (var echo = new EchoProcess())
        {
            Comparison.Print("wake another process: half a round trip, median", 60, Turns, [new Bound("Shmem", "C", 10_000, IsDifference: true)],
            [
                .. CFloor.Contenders(floor, "C", "wake"),
                new Contender("Shmem", echo.MedianWake),
            ]);
        }

        using var segment = new MemfdShMemProvider().Create(4096);
        using var mutex = new SharedMutex(segment, 0);
        Comparison.Print("enter and leave a free mutex", 20_000, Turns, [],
        [
            .. CFloor.Contenders(floor, "C", "mutex"),
            Comparison.Here("Shmem", () =>
            {
                mutex.Enter();
                mutex.Exit();
            }),
        ]);
    }
}
