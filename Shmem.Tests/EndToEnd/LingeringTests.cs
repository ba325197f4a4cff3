using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>What a target does beside its work must not keep the fuzzer from its end.</summary>
public sealed class LingeringTests
{
    [Theory]
    [InlineData("Stays", 0, "nothing happens")]
    [InlineData("Interrupts", 0, "nothing happens")]
    [InlineData("NeverTells", 1, "hang")]
    [InlineData("Stops", 1, "hang")]
    [InlineData("ExitsWithTwo", 1, "exited with code 2")]
    [InlineData("ExitsWithTwo", 1, "Shmem.Tests.Targets.Lingering.ExitsWithTwo in ")]
    public async Task A_replay_ends_and_says_what_the_target_did(string method, int expected, string words)
    {
        Require.Patience();
        var (code, said) = await Replay(method);

        Assert.Equal(expected, code);
        Assert.Contains(words, said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_waits_for_a_message_that_never_comes_is_replaced_and_the_input_is_saved()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-o", folder.Out, "--assembly", Targets.TestTargets.Odd,
            "--method", "Shmem.Tests.Targets.Lingering.NeverTells", "--workers", "1", "-t", "300", "--plain", "-i", Seed(folder, [1]));

        await fuzzer.UntilAsync(status => status["hangs"] != "0");

        await fuzzer.Signal("HUP");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.NotEmpty(folder.Saved("hangs"));
        Assert.Empty(folder.Processes());
    }

    [Fact]
    public async Task A_spare_waits_for_its_slot_whatever_the_target_has_left_to_its_thread()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-o", folder.Out, "--assembly", Targets.TestTargets.Odd,
            "--method", "Shmem.Tests.Targets.Lingering.Interrupts", "--workers", "1", "-V", "3600", "--plain", "-i", Seed(folder, [1]));

        var status = await fuzzer.UntilAsync(status => status["deaths"] != "0" || status["execs"].Length > 4);

        Assert.Equal("0", status["deaths"]);
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Empty(folder.Saved("crashes"));
    }

    private static async Task<(int Code, string Said)> Replay(string method)
    {
        using var folder = new CampaignFolder();
        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, "replay", Seed(folder, [1, 2, 3]), "-t", "1000",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Lingering." + method);
        var code = await fuzzer.EndAsync();
        Assert.Empty(folder.Processes());
        return (code, fuzzer.Output + fuzzer.Error);
    }

    private static string Seed(CampaignFolder folder, byte[] bytes)
    {
        var path = Path.Combine(folder.Root, "input");
        File.WriteAllBytes(path, bytes);
        return path;
    }
}
