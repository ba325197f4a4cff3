using System.Globalization;
using Spectre.Console;

namespace Shmem.Benchmarks.Deaths;

/// <summary>
/// How long a worker's kill -9 is felt: until its leases have ended, and until its successor executes, with the warm spare and without it. And what the broker has open
/// after all of them, which is what it had after the first.
/// </summary>
internal static class DeathBenchmark
{
    /// <summary>Deaths that are not measured: the first ones meet code that was never run, and open what stays open.</summary>
    private const int FirstDeaths = 10;

    /// <returns>The exit code: 1 where deaths have left something open.</returns>
    public static async Task<int> RunAsync(int kills)
    {
        var table = new Table().Title($"from kill -9 of a worker, ms, {kills} kills each").AddColumns("", "p50", "p99", "longest");
        var isClean = await MeasureAsync(keepsSpare: true, kills, table).ConfigureAwait(false);
        isClean &= await MeasureAsync(keepsSpare: false, kills, table).ConfigureAwait(false);
        AnsiConsole.Write(table);
        Console.WriteLine();
        return isClean ? 0 : 1;
    }

    private static async Task<bool> MeasureAsync(bool keepsSpare, int kills, Table table)
    {
        var how = keepsSpare ? "with the warm spare" : "without a spare";
        var (leases, executions) = (new List<double>(kills), new List<double>(kills));
        List<string> grown;
        var campaign = new DeathCampaign(keepsSpare);
        await using (campaign.ConfigureAwait(false))
        {
            for (var death = 0; death < FirstDeaths; death++) await campaign.KillAsync().ConfigureAwait(false);
            var before = await campaign.OpenAtRestAsync().ConfigureAwait(false);
            for (var kill = 0; kill < kills; kill++)
            {
                var (leasesEnded, executes) = await campaign.KillAsync().ConfigureAwait(false);
                leases.Add(leasesEnded.TotalMilliseconds);
                executions.Add(executes.TotalMilliseconds);
            }

            var after = await campaign.OpenAtRestAsync().ConfigureAwait(false);
            // The one or the other connection may still be ending.
            for (var i = 0; i < 100 && after.GrownSince(before, 0).Any(); i++)
            {
                await Task.Delay(100).ConfigureAwait(false);
                after = await campaign.OpenAtRestAsync().ConfigureAwait(false);
            }

            grown = [.. after.GrownSince(before, 0)];
            Console.WriteLine($"{how}, open in the broker after {kills} deaths: {after}; more than before: {(grown.Count == 0 ? "nothing" : string.Join("; ", grown))}");
        }

        AddRow(table, $"its leases have ended, {how}", leases);
        AddRow(table, $"its successor executes, {how}", executions);
        return grown.Count == 0;
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
