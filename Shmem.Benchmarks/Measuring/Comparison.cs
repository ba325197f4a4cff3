using System.Diagnostics;
using Spectre.Console;

namespace Shmem.Benchmarks.Measuring;

/// <summary>
/// Measures several contenders in turn, A B C A B C, so that a machine whose speed drifts treats all alike, and prints medians and the ratio
/// to the first, taken turn by turn.
/// </summary>
internal static class Comparison
{
    private const int Turns = 31;

    /// <summary>A contender that runs in this process.</summary>
    public static Contender Here(string name, Action round) => new(name, rounds =>
    {
        var start = Stopwatch.GetTimestamp();
        for (var i = 0; i < rounds; i++) round();
        return Stopwatch.GetElapsedTime(start).TotalNanoseconds / rounds;
    });

    /// <summary>Measures and prints. The first contender is what the others are compared with.</summary>
    public static void Print(string title, int rounds, params IReadOnlyList<Contender> contenders)
    {
        foreach (var contender in contenders) contender.Measure(rounds);
        var taken = new double[contenders.Count][];
        for (var c = 0; c < contenders.Count; c++) taken[c] = new double[Turns];
        for (var turn = 0; turn < Turns; turn++)
            for (var c = 0; c < contenders.Count; c++) taken[c][turn] = contenders[c].Measure(rounds);

        var table = new Table().Title(title).AddColumns("", "median ns", "min ns", $"ratio to {contenders[0].Name}, median");
        for (var c = 0; c < contenders.Count; c++)
        {
            var ratios = taken[c].Zip(taken[0], (mine, first) => mine / first).ToArray();
            table.AddRow(contenders[c].Name, $"{Median(taken[c]):N1}", $"{taken[c].Min():N1}", $"{Median(ratios):N3}");
        }

        AnsiConsole.Write(table);
    }

    public static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[sorted.Length / 2 - 1] + sorted[sorted.Length / 2]) / 2;
    }
}
