using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>What a target does beside its work must not keep the fuzzer from its end.</summary>
public sealed class LingeringTests
{
    [Fact]
    public async Task A_target_that_keeps_its_process_from_ending_is_answered()
    {
        var (code, said) = await Replay("Stays");

        Assert.Equal(0, code);
        Assert.Contains("nothing happens", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exception_whose_message_never_comes_is_a_hang()
    {
        var (code, said) = await Replay("NeverTells");

        Assert.Equal(1, code);
        Assert.Contains("hang", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_target_that_stops_its_process_is_a_hang()
    {
        var (code, said) = await Replay("Stops");

        Assert.Equal(1, code);
        Assert.Contains("hang", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_exit_with_the_code_of_wrong_input_is_the_targets()
    {
        var (code, said) = await Replay("ExitsWithTwo");

        Assert.Equal(1, code);
        Assert.Contains("exited with code 2", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_worker_that_waits_for_a_message_that_never_comes_is_replaced_and_the_input_is_saved()
    {
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-o", folder.Out, "--assembly", Targets.TestTargets.Odd,
            "--method", "Shmem.Tests.Targets.Lingering.NeverTells", "--workers", "1", "-t", "300", "--plain", "-i", Seed(folder, [1]));

        await fuzzer.UntilAsync(status => status["hangs"] != "0");

        await fuzzer.Signal("HUP");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.NotEmpty(folder.Saved("hangs"));
        Assert.Empty(folder.Processes());
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
