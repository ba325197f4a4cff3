using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Benchmarks.Measuring;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Mutators;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Benchmarks.Loop;

/// <summary>
/// The loop (pick, mutate, run, judge, claim) beside the instrumented target alone on the very inputs that the loop makes, entry by entry, in one process: an
/// entry's children take a tenth or ten times as long as another's.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class LoopBenchmark
{
    private const int Turns = 41;
    private const int PicksOfTurn = 48;
    private const double Bound = 0.80;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);

    public static void Run(string assembly, string method, byte[] seed)
    {
        using var worker = new LoopWorker(TargetSpec.Parse(assembly, method, []), seed);
        Run(worker.Loop, WarmUp);
        var rng = new Rng(2);
        var turns = new List<LoopTurn>(Turns);
        while (turns.Count < Turns) turns.Add(Measure(worker, ref rng));

        var (executions, ratio) = (turns.Sum(turn => turn.Executions), Comparison.Median(turns.Select(turn => turn.Ratio)));
        var (alone, whole) = (Comparison.Median(turns.Select(turn => turn.AloneRate)), Comparison.Median(turns.Select(turn => turn.LoopRate)));
        Console.WriteLine($"{method}: {worker.Target.Memory.Map.Edges} edges, {worker.Corpus.Count} entries, {executions:N0} executions");
        Bounds.Tell($"  target alone {alone:N0}/s, whole loop {whole:N0}/s, medians of {Turns} turns; ratio at least {Bound:N2}: {ratio:N3}", ratio >= Bound);
        Console.WriteLine($"  allocated per execution, the target's own and new entries included: {(double)turns.Sum(turn => turn.Allocated) / executions:N1} bytes");
    }

    private static void Run(FuzzLoop loop, TimeSpan time)
    {
        var stop = new StopFlag();
        using var timer = new Timer(_ => stop.Set(), null, time, Timeout.InfiniteTimeSpan);
        loop.Run(stop, () => { });
    }

    /// <summary>
    /// Both on what is picked, now the one and now the other first: whoever is second finds the entry's code and data in the caches. What a find costs, its trimming
    /// above all, is the loop's cost.
    /// </summary>
    private static LoopTurn Measure(LoopWorker worker, ref Rng rng)
    {
        var turn = default(LoopTurn);
        for (var pick = 0; pick < PicksOfTurn; pick++)
        {
            var start = Stopwatch.GetTimestamp();
            worker.Corpus.Drain();
            var entry = worker.Scheduler.Pick(ref rng);
            var picking = Stopwatch.GetTimestamp() - start;
            var (random, energy) = (worker.Loop.Random, worker.Scheduler.Energy(entry));
            if (!worker.Scheduler.IsObserved(entry))
            {
                worker.Loop.Work(entry, new StopFlag());
                continue;
            }

            LoopTurn both;
            if (pick % 2 == 0)
            {
                both = RunAlone(worker.Target, Record(worker, entry, energy, random)) + Work(worker, entry);
            }
            else
            {
                var loop = Work(worker, entry);
                both = loop + RunAlone(worker.Target, Record(worker, entry, energy, random));
            }

            // Where a child was so slow that the loop left the entry, the two did not run the same.
            if (both.Executions >= both.Inputs) turn += both with { LoopTicks = both.LoopTicks + picking };
        }

        return turn;
    }

    private static LoopTurn Work(LoopWorker worker, int entry)
    {
        var (executions, allocated, stop) = (worker.Target.Memory.Executions, GC.GetAllocatedBytesForCurrentThread(), new StopFlag());
        var start = Stopwatch.GetTimestamp();
        worker.Loop.Work(entry, stop);
        var ticks = Stopwatch.GetTimestamp() - start;
        return new LoopTurn(0, 0, worker.Target.Memory.Executions - executions, ticks, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    /// <summary>The children that the loop makes of the entry, from where its generator stood.</summary>
    private static List<byte[]> Record(LoopWorker worker, int entry, int energy, Rng rng)
    {
        var batch = worker.Batch;
        var inputs = new List<byte[]>(energy);
        while (inputs.Count < energy)
        {
            batch.Make(entry, energy - inputs.Count, ref rng);
            for (var child = 0; child < batch.Count; child++) inputs.Add(batch[child].ToArray());
        }

        return inputs;
    }

    private static LoopTurn RunAlone(PreparedTarget target, List<byte[]> inputs)
    {
        var start = Stopwatch.GetTimestamp();
        foreach (var input in inputs)
        {
            try
            {
                target.Invoker.Run(input);
            }
#pragma warning disable CA1031 // As the loop does.
            catch (Exception)
#pragma warning restore CA1031
            {
                // Its cost is the target's.
            }
        }

        return new LoopTurn(inputs.Count, Stopwatch.GetTimestamp() - start, 0, 0, 0);
    }
}
