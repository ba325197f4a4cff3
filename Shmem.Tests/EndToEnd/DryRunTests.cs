using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>The dry run of the seeds, which takes as long as they do.</summary>
public sealed class DryRunTests
{
    [Fact]
    public async Task It_is_shown_while_it_goes_on()
    {
        Require.Patience();
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

    [Fact]
    public async Task Seeds_whose_answers_need_far_more_room_than_they_have_are_all_answered_and_none_is_lost()
    {
        Require.Patience();
        const int Seeds = 600;
        using var folder = new CampaignFolder();
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        // Every hundredth comes back, the last among them.
        for (var seed = 1; seed <= Seeds; seed++) File.WriteAllText(Path.Combine(seeds, $"{seed:0000}"), seed % 100 == 0 ? $"{seed}" : $"t{seed}");
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", seeds, "-o", folder.Out, "--workers", "1", "-t", "600000", "-E", "100", "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Steep.Run", "--instrument", "Shmem.Tests.Targets");

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.All(Enumerable.Range(1, Seeds).Where(seed => seed % 100 != 0),
            seed => Assert.Single(fuzzer.Output.Split('\n'), line => line.StartsWith($"warning seed {seed:0000} throws", StringComparison.Ordinal)));
        Assert.Equal(["100", "200", "300", "400", "500", "600"], folder.Saved("queue").Take(6).Select(File.ReadAllText));
    }
}
