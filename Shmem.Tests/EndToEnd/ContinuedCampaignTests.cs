using System.Globalization;
using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary><c>-i -</c> after an ordinary end.</summary>
public sealed class ContinuedCampaignTests
{
    [Fact]
    public async Task A_campaign_that_goes_on_knows_its_edges_its_entries_and_its_findings()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using (var first = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "--plain", "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Staircase.Run", "--instrument", "Shmem.Tests.Targets"))
        {
            await first.UntilAsync(status => status["crashes"] != "0" && Number(status["corpus"]) > 3);
            await first.Signal("INT");
            Assert.True(await first.EndAsync() == 0, first.Output + first.Error);
        }

        var (queue, crashes, findings) = (folder.Saved("queue"), folder.Saved("crashes"), folder.Findings());
        var edges = Number(folder.Stats()["edges_found"]);

        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", "-", "-o", folder.Out, "--workers", "1", "-s", "2", "-V", "3600", "--plain");
        // The exception is met again: it is known, or a crash of its own.
        await fuzzer.UntilAsync(status => status["known"] != "0" || Number(status["crashes"]) > crashes.Count);
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        // The lines before it are of the dry run.
        var begin = FuzzerProcess.Fields(fuzzer.Output.Split('\n').First(line => line.Contains(" stage=fuzzing", StringComparison.Ordinal)));
        Assert.InRange(Number(begin["edges"].Split('/')[0]), edges, long.MaxValue);
        Assert.InRange(Number(begin["corpus"]), queue.Count, long.MaxValue);
        Assert.Equal(crashes, folder.Saved("crashes"));
        Assert.Equal(findings, folder.Findings());
        // It is of this run.
        Assert.Equal("0", folder.Stats()["last_crash"]);
        Assert.DoesNotContain("execs_since_crash", folder.Stats().Keys);
        // A crash that was run as a seed would be warned of.
        Assert.DoesNotContain("warning ", fuzzer.Output, StringComparison.Ordinal);
        Assert.Superset(queue.ToHashSet(), folder.Saved("queue").ToHashSet());
        var contents = folder.Saved("queue").Select(Content).ToList();
        Assert.Distinct(contents);
        Assert.Empty(contents.Intersect(crashes.Select(Content)));
    }

    [Fact]
    public async Task An_option_that_is_refused_leaves_the_campaign_as_it_was()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        await RunAsync(folder, 0, "-i", folder.Write("seed", "abcdefgh"u8), "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Harness.Array",
            "--instrument", "Shmem.Tests.Targets");
        var queue = folder.Saved("queue");

        Assert.Contains("--guard", (await RunAsync(folder, 2, "-i", "-", "--guard", "over")).Error, StringComparison.Ordinal);

        await RunAsync(folder, 0, "-i", "-");
        Assert.Superset(queue.ToHashSet(), folder.Saved("queue").ToHashSet());
    }

    [Fact]
    public async Task A_campaign_that_was_killed_while_its_seeds_were_saved_goes_on_with_all_of_them()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        foreach (var name in (string[])["one", "two", "three"]) File.WriteAllText(Path.Combine(seeds, name), name);
        await RunAsync(folder, 0, "-i", seeds, "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Harness.Array", "--instrument", "Shmem.Tests.Targets");
        // As it was when the first of them had its name.
        var options = CampaignFile.Read(folder.Out);
        Assert.True(options.HasTakenSeeds);
        CampaignFile.Write(folder.Out, options with { HasTakenSeeds = false });
        var kept = folder.Saved("queue")[0];
        foreach (var file in folder.Saved("queue").Skip(1)) File.Delete(file);

        await RunAsync(folder, 0, "-i", "-");

        var queue = folder.Saved("queue");
        Assert.Equal(["one", "three", "two"], queue.Select(File.ReadAllText).Order(StringComparer.Ordinal));
        Assert.Equal(kept, queue[0]);
        // All are there: from now on the queue is enough.
        foreach (var file in queue.Skip(1)) File.Delete(file);
        await RunAsync(folder, 0, "-i", "-");
        Assert.Equal([kept], folder.Saved("queue"));
    }

    [Fact]
    public async Task A_crash_that_was_saved_and_not_named_before_a_kill_is_one_file_with_a_line_after_all()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        string[] target = ["--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Rejecting.Run", "--instrument", "Shmem.Tests.Targets"];
        using (var first = FuzzerProcess.Start(folder.Root, ["fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600", "--plain", .. target]))
        {
            await first.UntilAsync(_ => folder.Findings().Count == 2);
            await first.Signal("INT");
            Assert.True(await first.EndAsync() == 0, first.Output + first.Error);
        }

        // One was killed before its line was there, the other while it was written.
        var lines = Path.Combine(folder.Out, "findings.jsonl");
        var before = folder.Findings().Select(finding => (finding.Key, finding.File)).Order().ToList();
        File.WriteAllText(lines, File.ReadAllText(lines)[..20]);

        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", "-", "-o", folder.Out, "--workers", "1", "-s", "2", "-V", "3600", "--plain");
        await fuzzer.UntilAsync(_ => folder.Findings().Count == 2);
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.Equal(before, folder.Findings().Select(finding => (finding.Key, finding.File)).Order());
        Assert.Equal(2, folder.Saved("crashes").Count);
    }

    [Fact]
    public async Task Statistics_and_names_go_on_where_they_were_and_limits_begin_anew()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        string[] target = ["--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Staircase.Run", "--instrument", "Shmem.Tests.Targets"];
        await RunAsync(folder, 0, ["-i", folder.Write("seed", "abcdefgh"u8), .. target]);
        var stats = new FuzzerStatsFile(folder.Out);
        // As if it had been a long one.
        var lines = Path.Combine(folder.Out, "fuzzer_stats");
        File.WriteAllLines(lines, File.ReadAllLines(lines).Select(line => line.StartsWith("run_time", StringComparison.Ordinal) ? "run_time : 5000" : line));
        var first = stats.ReadTotals();
        Assert.InRange(first.Executions, 500, long.MaxValue);

        await RunAsync(folder, 0, "-i", "-");

        var second = stats.ReadTotals();
        Assert.InRange(second.Executions, first.Executions + 500, long.MaxValue);
        Assert.InRange(second.Time.TotalSeconds, 5000, 9000);
        var plot = File.ReadLines(Path.Combine(folder.Out, "plot_data")).Skip(1).Select(row => Number(row.Split(',')[0])).ToList();
        Assert.Equal(plot.Order(), plot);
    }

    /// <summary>A campaign of a few executions.</summary>
    private static async Task<FuzzerProcess> RunAsync(CampaignFolder folder, int exitCode, params string[] options)
    {
        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, ["fuzz", "-o", folder.Out, "--workers", "1", "-s", "1", "-E", "500", "--plain", .. options]);
        Assert.True(await fuzzer.EndAsync() == exitCode, fuzzer.Output + fuzzer.Error);
        return fuzzer;
    }

    private static string Content(string file) => Convert.ToHexString(File.ReadAllBytes(file));

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
