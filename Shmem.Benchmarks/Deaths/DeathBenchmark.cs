using System.Globalization;
using Shmem.Benchmarks.Measuring;
using Spectre.Console;

namespace Shmem.Benchmarks.Deaths;

/// <summary>
/// How long a worker's kill -9 is felt: until its leases have ended, and until its successor executes, with the warm spare and without it. What the broker has open after all
/// of them, which is what it had after the first. And how long workers outlive a broker's kill -9.
/// </summary>
internal static class DeathBenchmark
{
    /// <summary>Deaths that are not measured: the first ones meet code that was never run, and open what stays open.</summary>
    private const int FirstDeaths = 10;

    /// <summary>A broker's death takes as long as a campaign's start, and is always the same.</summary>
    private const int KillsOfBroker = 10;

    /// <summary>How long a worker may live without its broker.</summary>
    private static readonly TimeSpan MostWithoutBroker = TimeSpan.FromSeconds(2);

    public static async Task RunAsync(int kills)
    {
        var table = new Table().Title($"from kill -9 of a worker, ms, {kills} kills each").AddColumns("", "p50", "p99", "longest");
        await MeasureAsync(keepsSpare: true, kills, table).ConfigureAwait(false);
        await MeasureAsync(keepsSpare: false, kills, table).ConfigureAwait(false);
        var ends = new List<double>();
        for (var kill = 0; kill < Math.Max(1, kills / KillsOfBroker); kill++) ends.Add((await DeathBroker.KillAsync().ConfigureAwait(false)).TotalMilliseconds);
        AddRow(table, "after a kill -9 of the broker instead, a tenth as many: its workers are gone", ends);
        AnsiConsole.Write(table);
        Bounds.Tell($"workers end by themselves within {MostWithoutBroker.TotalMilliseconds:N0} ms of their broker's kill -9; longest {ends.Max():N0} ms", ends.Max() <= MostWithoutBroker.TotalMilliseconds);
        Console.WriteLine();
    }

    private static async Task MeasureAsync(bool keepsSpare, int kills, Table table)
    {
        var how = keepsSpare ? "with the warm spare" : "without a spare";
        var (leases, executions) = (new List<double>(kills), new List<double>(kills));
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

            List<string> grown = [.. after.GrownSince(before, 0)];
            Bounds.Tell($"{how}, open in the broker after {kills} deaths: {after}; more than before: {(grown.Count == 0 ? "nothing" : string.Join("; ", grown))}", grown.Count == 0);
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
