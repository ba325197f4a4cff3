using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Memory that ran out because of what earlier executions kept.</summary>
public sealed class LeakTests
{
    [Fact]
    public async Task An_input_that_meets_the_memory_limit_beside_others_only_is_no_finding_but_kept()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = Start(folder, "Run");
        await fuzzer.UntilAsync(status => status["unreproduced"] != "0" || status["crashes"] != "0");
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Empty(folder.Saved("crashes"));
        Assert.NotEmpty(folder.Saved("unreproduced"));
    }

    [Fact]
    public async Task A_worker_whose_target_keeps_ever_more_makes_room_for_another()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = Start(folder, "Slowly");
        await folder.UntilLogged(fuzzer, "The worker in slot 0 made room for another after ", times: 2);
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Empty(folder.Saved("crashes"));
        Assert.Empty(folder.Processes());
    }

    private static FuzzerProcess Start(CampaignFolder folder, string method)
    {
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        File.WriteAllBytes(Path.Combine(seeds, "seed"), "abcdefgh"u8.ToArray());
        return FuzzerProcess.Start(folder.Root, "fuzz", "-i", seeds, "-o", folder.Out, "--workers", "1", "-s", "1", "-m", "128", "--plain", "-V", "3600",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Leaking." + method, "--instrument", "Shmem.Tests.Targets");
    }
}
