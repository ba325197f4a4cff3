using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>The dry run of the seeds, which takes as long as they do.</summary>
public sealed class DryRunTests
{
    [Fact]
    public async Task It_is_shown_while_it_goes_on()
    {
        using var folder = new CampaignFolder();
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        foreach (var (name, content) in (ReadOnlySpan<(string, string)>)[("1", "go"), ("2", "go"), ("3", "wait"), ("4", "go")])
            File.WriteAllText(Path.Combine(seeds, name), content);
        var gate = Path.Combine(folder.Root, "gate");
        // The time limit is longer than any machine is slow.
        using var fuzzer = FuzzerProcess.StartUnder(["env", $"SHMEM_TEST_GATE={gate}"], "", folder.Root, "fuzz", "-i", seeds, "-o", folder.Out, "--workers", "1",
            "-t", "600000", "-E", "10", "--plain", "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Gated.Run",
            "--instrument", "Shmem.Tests.Targets");

        var status = await fuzzer.UntilAsync(s => s["stage"] == "dry-run,-2-of-4-seeds");
        Assert.Equal("0", status["execs"]);
        Assert.False(File.Exists(Path.Combine(folder.Out, "fuzzer_stats")), "statistics of a campaign that has not begun");
        File.WriteAllText(gate, "");

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Contains("stage=fuzzing", fuzzer.Output, StringComparison.Ordinal);
    }
}
