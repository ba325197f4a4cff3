using System.Globalization;
using Spectre.Console;

namespace Shmem.Benchmarks.Deaths;

/// <summary>How long a worker's kill -9 is felt: until its leases have ended, and until its successor executes, with the warm spare and without it.</summary>
internal static class DeathBenchmark
{
    public static async Task RunAsync(int kills)
    {
        var table = new Table().Title($"from kill -9 of a worker, ms, {kills} kills each").AddColumns("", "p50", "p99", "longest");
        await MeasureAsync(keepsSpare: true, kills, table).ConfigureAwait(false);
        await MeasureAsync(keepsSpare: false, kills, table).ConfigureAwait(false);
        AnsiConsole.Write(table);
        Console.WriteLine();
    }

    private static async Task MeasureAsync(bool keepsSpare, int kills, Table table)
    {
        var how = keepsSpare ? "with the warm spare" : "without a spare";
        var (leases, executions) = (new List<double>(kills), new List<double>(kills));
        var campaign = new DeathCampaign(keepsSpare);
        await using (campaign.ConfigureAwait(false))
        {
            // The first death is the one that meets code that was never run.
            await campaign.KillAsync().ConfigureAwait(false);
            for (var kill = 0; kill < kills; kill++)
            {
                var (leasesEnded, executes) = await campaign.KillAsync().ConfigureAwait(false);
                leases.Add(leasesEnded.TotalMilliseconds);
                executions.Add(executes.TotalMilliseconds);
            }
        }

        AddRow(table, $"its leases have ended, {how}", leases);
        AddRow(table, $"its successor executes, {how}", executions);
    }

    private static void AddRow(Table table, string name, List<double> taken)
    {
        taken.Sort();
        table.AddRow(name, Text(AtRank(taken, 0.5)), Text(AtRank(taken, 0.99)), Text(taken[^1]));
    }

    /// <summary>The nearest rank: the smallest value that this part of all does not exceed.</summary>
    private static double AtRank(List<double> sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Count) - 1)];

    private static string Text(double milliseconds) => milliseconds.ToString("F1", CultureInfo.InvariantCulture);
}
