using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Memory that ran out because of what earlier executions kept.</summary>
public sealed class LeakTests
{
    [Fact]
    public async Task An_input_that_meets_the_memory_limit_beside_others_only_is_no_finding_but_kept()
    {
        using var folder = new CampaignFolder();
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        File.WriteAllBytes(Path.Combine(seeds, "seed"), "abcdefgh"u8.ToArray());
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", seeds, "-o", folder.Out, "--workers", "1", "-s", "1", "-m", "128", "--plain", "-V", "300",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Leaking.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(status => status["unreproduced"] != "0" || status["crashes"] != "0");
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Empty(folder.Saved("crashes"));
        Assert.NotEmpty(folder.Saved("unreproduced"));
    }
}
