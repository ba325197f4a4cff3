using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>The ways for a target to end its process that the demonstration does not take: each is survived, told from the others, and replays.</summary>
public sealed class WaysToEndTests
{
    private const string Target = "Shmem.Tests.Targets.Ends";

    /// <summary>Who dies by a signal, or by our hand for its memory, says no frame.</summary>
    private static readonly (FindingKind Kind, string Key, string? Frame)[] Ways =
    [
        (FindingKind.UnhandledException, $"exception {Target}.OnAnotherThread", $"{Target}.OnAnotherThread"),
        (FindingKind.FailFast, $"fail-fast {Target}.FailsFast", $"{Target}.FailsFast"),
        (FindingKind.Exit, $"exit 7 {Target}.Exits", $"{Target}.Exits"),
        (FindingKind.Signal, "signal 6", null),
        (FindingKind.OutOfMemory, "out-of-memory", null),
    ];

    [Fact]
    public async Task One_worker_meets_each_way_to_end_saves_one_input_of_it_and_each_replays()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        // An execution that takes memory is to be ended for that, however long it takes.
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "hello"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "-m", "128", "-t", "60000", "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", $"{Target}.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(_ => folder.Findings().Count >= Ways.Length);
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        var findings = folder.Findings();
        Assert.Equal(Ways.Select(way => (way.Kind, way.Key)).Order(), findings.Select(finding => (finding.Kind, finding.Key)).Order());
        foreach (var (_, key, frame) in Ways)
        {
            var place = findings.Single(finding => finding.Key == key).Frame;
            Assert.True(frame is null ? place is null : place?.StartsWith(frame, StringComparison.Ordinal), $"{key} is at {place}");
        }

        string[] files = [.. findings.Select(finding => Path.Combine(folder.Out, finding.File))];
        Assert.Equal(files.Order(StringComparer.Ordinal), folder.Saved("crashes"));
        using var replay = await FuzzerProcess.RunAsync(folder.Root, ["replay", .. files]);
        Assert.True(await replay.EndAsync() == 1, replay.Output + replay.Error);
        var said = replay.Replayed(files);
        Assert.All(findings, finding => Assert.Equal(finding.Key, said[Path.Combine(folder.Out, finding.File)]));
        Assert.Empty(folder.Processes());
    }
}
