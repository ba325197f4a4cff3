using System.Diagnostics;
using System.Runtime.Versioning;
using Shmem.Backends.Slots;
using Shmem.Benchmarks.Measuring;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Mutators;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Benchmarks.Loop;

/// <summary>
/// The whole loop (mutate, run, judge) beside the instrumented target alone on inputs that the loop's own mutator makes from the loop's own corpus, in one
/// process.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class LoopBenchmark
{
    private const int Turns = 15;
    private const int Recorded = 50_000;
    private const double Bound = 0.80;
    private static readonly TimeSpan WarmUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Measured = TimeSpan.FromSeconds(0.6);

    public static void Run(string assembly, string method, byte[] seed)
    {
        using var worker = new LoopWorker(TargetSpec.Parse(assembly, method, []), seed);
        var (target, corpus, loop) = (worker.Target, worker.Corpus, worker.Loop);
        RunFor(loop, WarmUp);
        var (alone, whole, ratios) = (new List<double>(), new List<double>(), new List<double>());
        var allocated = 0L;
        var rounds = 0L;
        var rng = new Rng(2);
        for (var turn = 0; turn < Turns; turn++)
        {
            // Anew each turn: the corpus grows, and with it what the loop runs. Collected first: moving what was recorded is not the target's work.
            var inputs = Record(worker, ref rng);
            GC.Collect();
            alone.Add(RunAlone(target, inputs));
            var (executions, before) = (target.Memory.Executions, GC.GetAllocatedBytesForCurrentThread());
            var elapsed = RunFor(loop, Measured);
            allocated += GC.GetAllocatedBytesForCurrentThread() - before;
            rounds += target.Memory.Executions - executions;
            whole.Add((target.Memory.Executions - executions) / elapsed.TotalSeconds);
            ratios.Add(whole[^1] / alone[^1]);
        }

        var ratio = Comparison.Median(ratios);
        Console.WriteLine($"{method}: {target.Memory.Map.Edges} edges, {corpus.Count} entries");
        Bounds.Tell($"  target alone {Comparison.Median(alone):N0}/s, whole loop {Comparison.Median(whole):N0}/s, medians of {Turns} turns; ratio at least {Bound:N2}: {ratio:N3}", ratio >= Bound);
        Console.WriteLine($"  allocated per execution, the target's own and new entries included: {(double)allocated / rounds:N1} bytes");
    }

    private static TimeSpan RunFor(FuzzLoop loop, TimeSpan time)
    {
        var stop = new StopFlag();
        using var timer = new Timer(_ => stop.Set(), null, time, Timeout.InfiniteTimeSpan);
        var start = Stopwatch.GetTimestamp();
        loop.Run(stop, () => { });
        return Stopwatch.GetElapsedTime(start);
    }

    /// <summary>Picks and mutates as the loop does.</summary>
    private static List<byte[]> Record(LoopWorker worker, ref Rng rng)
    {
        var (corpus, scheduler) = (worker.Corpus, worker.Scheduler);
        var room = new byte[InputRing.MostBytes];
        var inputs = new List<byte[]>(Recorded);
        while (inputs.Count < Recorded)
        {
            var entry = scheduler.Pick(ref rng);
            for (var energy = scheduler.Energy(entry); energy > 0 && inputs.Count < Recorded; energy--)
            {
                var parent = corpus[entry].Payload;
                parent.CopyTo(room);
                var length = worker.Mutator.Mutate(room.AsSpan(0, InputRoom.For(parent.Length, ref rng)), parent.Length,
                    corpus[rng.NextBelow(corpus.Count)].Payload, ref rng, out _);
                inputs.Add(room.AsSpan(0, length).ToArray());
            }
        }

        return inputs;
    }

    private static double RunAlone(PreparedTarget target, List<byte[]> inputs)
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

        return inputs.Count / Stopwatch.GetElapsedTime(start).TotalSeconds;
    }
}
