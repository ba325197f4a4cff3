using System.Globalization;
using System.Text.Json;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>The main job: the fuzzer on the demonstration library, as a user runs it. Beside other tests, since it is the longest; those look at what is left.</summary>
public sealed class DemonstrationTests
{
    /// <summary>More than five times the median executions until all five planted bugs are found; `Shmem.Benchmarks demo` prints it.</summary>
    private const long Budget = 20_000_000;

    private static readonly string[] Planted = ["Exception", "StackOverflow", "Hang", "AccessViolation", "OutOfMemory"];

    [Fact]
    public async Task One_worker_finds_all_planted_bugs_and_each_replays()
    {
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-o", folder.Out, "--workers", "1", "-s", "1", "-m", "256", "-t", "300",
            "-E", Budget.ToString(CultureInfo.InvariantCulture), "--plain");
        await fuzzer.UntilAsync(_ => Planted.All(kind => Kinds(folder).Contains(kind)));
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        var stats = folder.Stats();
        foreach (var key in (string[])["execs_done", "execs_per_sec", "edges_found", "corpus_count", "saved_crashes", "saved_hangs"])
            Assert.True(double.Parse(stats[key], CultureInfo.InvariantCulture) > 0, $"{key} is {stats[key]}");
        Assert.Equal(folder.Saved("crashes").Count, int.Parse(stats["saved_crashes"], CultureInfo.InvariantCulture));
        Assert.Equal(folder.Saved("hangs").Count, int.Parse(stats["saved_hangs"], CultureInfo.InvariantCulture));

        var files = folder.Saved("crashes").Concat(folder.Saved("hangs")).ToList();
        using var replay = await FuzzerProcess.RunAsync(folder.Root, ["replay", .. files]);
        Assert.True(await replay.EndAsync() == 1, replay.Output + replay.Error);
        Assert.False(replay.Output.Contains("nothing happens", StringComparison.Ordinal), replay.Output);
        foreach (var key in Keys(folder)) Assert.True(replay.Output.Contains(key, StringComparison.Ordinal), $"{key} is not in\n{replay.Output}");
    }

    private static IEnumerable<string> Kinds(CampaignFolder folder) => Findings(folder).Select(f => f.GetProperty("kind").GetString()!);

    private static IEnumerable<string> Keys(CampaignFolder folder) => Findings(folder).Select(f => f.GetProperty("key").GetString()!);

    private static List<JsonElement> Findings(CampaignFolder folder)
    {
        var path = Path.Combine(folder.Out, "findings.jsonl");
        if (!File.Exists(path)) return [];
        // The last line may be half written.
        return [.. File.ReadAllText(path).Split('\n')[..^1].Where(line => line.Length > 0).Select(line => JsonDocument.Parse(line).RootElement)];
    }
}
