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

    public static void Run()
    {
        var spec = TargetSpec.Parse(typeof(SpanTarget).Assembly.Location, typeof(SpanTarget).FullName + '.' + nameof(SpanTarget.Sum), [typeof(SpanTarget).Assembly.GetName().Name!]);
        using var worker = new LoopWorker(spec, "a seed"u8);
        var stop = new StopFlag();
        var (picks, executions, allocated) = (0, 0L, 0L);
        worker.Loop.Run(stop, () =>
        {
            switch (picks++)
            {
                case WarmUpPicks:
                    executions = worker.Target.Memory.Executions;
                    allocated = GC.GetAllocatedBytesForCurrentThread();
                    break;
                case WarmUpPicks + Picks:
                    allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
                    executions = worker.Target.Memory.Executions - executions;
                    stop.Set();
                    break;
            }
        });
        Bounds.Tell($"whole loop on a span: {allocated} bytes allocated in {executions:N0} executions of {Picks:N0} picks, {worker.Corpus.Count} entries", allocated == 0);
    }
}
