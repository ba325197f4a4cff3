using System.Diagnostics;
using System.Runtime;
using Spectre.Console;

namespace Shmem.Benchmarks.Measuring;

/// <summary>
/// Measures several contenders in turn, A B C A B C, so that a machine whose speed drifts treats all alike, and prints medians and the ratio
/// to the first, taken turn by turn.
/// </summary>
/// <remarks>
/// A turn is best about a millisecond: shorter than what the scheduler gives at once, so most turns are whole even on a machine that others use.
/// </remarks>
internal static class Comparison
{
    private const int Turns = 31;

    /// <summary>The JIT waits for a second without new methods before it optimises, where there is one processor; a tenth of that otherwise.</summary>
    private static readonly TimeSpan QuietTime = TimeSpan.FromSeconds(1.5);

    private const int MostQuietTimes = 12;

    /// <summary>A contender that runs in this process.</summary>
    public static Contender Here(string name, Action round) => new(name, rounds =>
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < rounds; i++) round();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / rounds;
    });

    /// <summary>Measures and prints. The first contender is what the others are compared with.</summary>
    public static void Print(string title, int rounds, params IReadOnlyList<Contender> contenders) => Print(title, rounds, Turns, [], contenders);

    /// <summary>Measures in the given number of turns and prints, with whether the bounds are met.</summary>
    public static void Print(string title, int rounds, int turns, IReadOnlyList<Bound> bounds, IReadOnlyList<Contender> contenders)
    {
        WarmUp(rounds, contenders);
        var taken = new double[contenders.Count][];
        var allocated = new long[contenders.Count];
        for (var c = 0; c < contenders.Count; c++) taken[c] = new double[turns];
        for (var turn = 0; turn < turns; turn++)
        {
            for (var c = 0; c < contenders.Count; c++)
            {
                // Whoever ran before has filled the caches.
                contenders[c].Measure(Math.Max(1, rounds / 4));
                var before = GC.GetAllocatedBytesForCurrentThread();
                taken[c][turn] = contenders[c].Measure(rounds);
                allocated[c] += GC.GetAllocatedBytesForCurrentThread() - before;
            }
        }

        var table = new Table().Title(title).AddColumns("", "median ns", "min ns", "bytes allocated", $"ratio to {contenders[0].Name}, median");
        for (var c = 0; c < contenders.Count; c++)
        {
            table.AddRow(contenders[c].Name, $"{Median(taken[c]):N1}", $"{taken[c].Min():N1}",
                contenders[c].IsHere ? $"{allocated[c] / ((long)turns * rounds)}" : "-", $"{Ratio(taken[c], taken[0]):N3}");
        }

        AnsiConsole.Write(table);
        foreach (var (of, against, most, isDifference) in bounds)
        {
            var (mine, theirs) = (Find(contenders, of), Find(contenders, against));
            if (mine < 0 || theirs < 0) continue;
            if (isDifference)
            {
                var difference = Median(taken[mine].Zip(taken[theirs], (m, t) => m - t));
                Bounds.Tell($"{of} at most {most:N0} ns over {against}: {difference:N0}", difference <= most);
                continue;
            }

            var ratio = Ratio(taken[mine], taken[theirs]);
            Bounds.Tell($"{of} at most {most:N2} x {against}: {ratio:N3}", ratio <= most);
        }

        Console.WriteLine();
    }

    private static int Find(IReadOnlyList<Contender> contenders, string name)
    {
        for (var c = 0; c < contenders.Count; c++)
            if (contenders[c].Name == name) return c;
        return -1;
    }

    private static double Ratio(double[] mine, double[] theirs) => Median(mine.Zip(theirs, (m, t) => m / t));

    /// <summary>Runs the contenders until the JIT has nothing more to optimise.</summary>
    private static void WarmUp(int rounds, IReadOnlyList<Contender> contenders)
    {
        for (var quiet = 0; quiet < MostQuietTimes; quiet++)
        {
            var compiled = JitInfo.GetCompiledMethodCount();
            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < QuietTime;)
                foreach (var contender in contenders) contender.Measure(rounds);
            if (JitInfo.GetCompiledMethodCount() == compiled) return;
        }

        Console.WriteLine("The JIT has not come to rest: read the figures with care.");
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
