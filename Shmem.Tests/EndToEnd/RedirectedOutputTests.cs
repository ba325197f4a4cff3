using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>What a campaign writes where there is no terminal.</summary>
public sealed class RedirectedOutputTests
{
    [Fact]
    public async Task Without_a_terminal_a_campaign_writes_plain_lines_and_nothing_to_stderr()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, "fuzz", "-o", folder.Out, "--workers", "1", "-s", "7", "-m", "256", "-E", "500", "-V", "3600");

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.StartsWith("time=", fuzzer.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\x1b', fuzzer.Output);
        Assert.Empty(fuzzer.Error);
    }
}
