using System.Runtime.Versioning;
using Shmem.Benchmarks.Measuring;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Benchmarks.Loop;

/// <summary>
/// What the whole loop allocates on a target that takes a span and allocates nothing, from pick to pick, checkpoints included, once nothing new is found.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class AllocationBenchmark
{
    private const int WarmUpPicks = 20_000;
    private const int Picks = 20_000;

    /// <summary>
    /// Windows of so many picks at most. A late find allocates, and so does what happens once in a process, such as the growth of a buffer; then another window is measured. What recurs, be it once in
    /// some million executions, is in each of them.
    /// </summary>
    private const int MostWindows = 5;

    public static void Run()
    {
        var spec = TargetSpec.Parse(typeof(SpanTarget).Assembly.Location, typeof(SpanTarget).FullName + '.' + nameof(SpanTarget.Sum), [typeof(SpanTarget).Assembly.GetName().Name!]);
        using var worker = new LoopWorker(spec, "a seed"u8);
        var stop = new StopFlag();
        var (picks, windows, executions, allocated) = (-WarmUpPicks, 1, 0L, 0L);
        worker.Loop.Run(stop, () =>
        {
            if (picks == Picks)
            {
                allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
                executions = worker.Target.Memory.Executions - executions;
                if (allocated == 0 || windows == MostWindows) stop.Set();
                else (picks, windows) = (0, windows + 1);
            }

            if (picks++ != 0) return;
            executions = worker.Target.Memory.Executions;
            allocated = GC.GetAllocatedBytesForCurrentThread();
        });
        Bounds.Tell($"whole loop on a span: {allocated} bytes allocated in {executions:N0} executions of {Picks:N0} picks, window {windows}, {worker.Corpus.Count} entries", allocated == 0);
    }
}
