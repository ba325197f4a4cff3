using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary><c>--expect</c>: what a target says no with is no finding.</summary>
public sealed class ExpectTests
{
    [Fact]
    public async Task An_expected_exception_is_no_finding_but_an_entry_and_another_is_one()
    {
        Require.Patience();
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

    [Fact]
    public async Task It_is_expected_also_where_a_task_carries_it_and_where_nobody_catches_it_on_another_thread()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        string[] target = ["--expect", "FormatException", "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Carrying.Run"];
        using var fuzzer = FuzzerProcess.Start(folder.Root, ["fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "--plain", "--instrument", "Shmem.Tests.Targets", .. target]);
        await fuzzer.UntilAsync(status => status["crashes"] is not ("0" or "1") || status["crashes"] == "1" && status["deaths"] != "0" && Rejected(folder).Any());
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.Equal("System.InvalidOperationException", Assert.Single(folder.Findings()).Exception);
        Assert.Single(folder.Saved("crashes"));
        Assert.Empty(folder.Saved("unreproduced"));
        Assert.Contains("\nExpected: ", fuzzer.Output, StringComparison.Ordinal);

        using var replay = await FuzzerProcess.RunAsync(folder.Root, ["replay", folder.Write("deadly", "i"u8), folder.Write("carried", "c"u8), .. target]);
        Assert.True(await replay.EndAsync() == 0, replay.Output + replay.Error);
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
