using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>What a target throws because of earlier inputs does not happen again alone: it is kept apart, and every saved crash replays.</summary>
public sealed class RememberingTests
{
    [Fact]
    public async Task An_exception_that_earlier_inputs_brought_about_is_kept_apart_and_told_of()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "--plain", "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Remembering.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(status => status["crashes"] is not ("0" or "1") || status["crashes"] == "1" && status["unreproduced"] != "0");
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        // Where the end came before their turn, others are saved as what they are: not run again.
        var confirmed = Assert.Single(folder.Findings(), finding => finding.Confirmed != false);
        Assert.Equal("exception Shmem.Tests.Targets.Remembering.Fails", confirmed.Key);
        var crash = Path.Combine(folder.Out, confirmed.File);
        using var replay = await FuzzerProcess.RunAsync(folder.Root, "replay", crash);
        Assert.True(await replay.EndAsync() == 1, replay.Output + replay.Error);
        Assert.Contains(folder.Saved("unreproduced"), file => File.ReadAllBytes(file) is [(byte)'c', ..]);
        await folder.UntilLogged(fuzzer, "exception Shmem.Tests.Targets.Remembering.Depends", 1);
    }
}
