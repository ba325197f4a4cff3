using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>An execution that met the time limit is run again, alone and with three times the limit, before it is called a hang.</summary>
public sealed class SlowInputTests
{
    /// <summary>That of the target, which takes half as much again for one input, and does not return from another.</summary>
    private const string Limit = "400";

    [Fact]
    public async Task An_input_that_ends_within_three_times_the_limit_is_kept_apart_and_one_that_does_not_is_a_hang()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "-t", Limit, "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Slow.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(status => status["hangs"] is not ("0" or "1") || status["hangs"] == "1" && status["unreproduced"] != "0");
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.Equal("hang Shmem.Tests.Targets.Slow.Stays", Assert.Single(folder.Findings()).Key);
        Assert.Equal((byte)'i', File.ReadAllBytes(Assert.Single(folder.Saved("hangs")))[0]);
        Assert.Contains(folder.Saved("unreproduced"), file => File.ReadAllBytes(file) is [(byte)'c', ..]);
        Assert.Empty(folder.Saved("crashes"));
    }

    [Fact]
    public async Task A_hang_at_the_end_of_the_campaign_is_still_run_to_its_limit()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "-t", "6000", "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Slow.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(status => status["deaths"] != "0");
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.Equal("hang Shmem.Tests.Targets.Slow.Stays", Assert.Single(folder.Findings()).Key);
        Assert.Empty(folder.Saved("unreproduced"));
    }
}
