using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary><c>--expect</c>: what a target says no with is no finding.</summary>
public sealed class ExpectTests
{
    [Fact]
    public async Task An_expected_exception_is_no_finding_but_an_entry_and_another_is_one()
    {
        using var folder = new CampaignFolder();
        // The target throws a type that derives from it.
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "--plain", "--expect", "FormatException",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Rejecting.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(status => status["crashes"] is not ("0" or "1") || status["crashes"] == "1" && Rejected(folder).Any());
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.Equal("System.InvalidOperationException", Assert.Single(folder.Findings()).Exception);
        var crash = Assert.Single(folder.Saved("crashes"));
        var rejected = Rejected(folder).First();

        // The campaign's folder says what it expected.
        var said = await Replay(folder, rejected, crash);
        Assert.Equal("nothing happens", said[rejected]);
        Assert.Equal("exception Shmem.Tests.Targets.Rejecting.Fail", said[crash]);
        said = await Replay(folder, rejected, crash, "--expect", "System.InvalidOperationException");
        Assert.Equal("exception Shmem.Tests.Targets.Rejecting.Reject", said[rejected]);
        Assert.Equal("nothing happens", said[crash]);
    }

    private static IEnumerable<string> Rejected(CampaignFolder folder) => folder.Saved("queue").Where(file => File.ReadAllBytes(file) is [(byte)'c', ..]);

    /// <summary>One of the two is a finding each time.</summary>
    private static async Task<IReadOnlyDictionary<string, string>> Replay(CampaignFolder folder, string first, string second, params string[] options)
    {
        using var replay = await FuzzerProcess.RunAsync(folder.Root, ["replay", first, second, .. options]);
        Assert.True(await replay.EndAsync() == 1, replay.Output + replay.Error);
        return replay.Replayed(first, second);
    }
}
