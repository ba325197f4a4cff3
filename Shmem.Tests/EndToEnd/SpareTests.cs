using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>The warm spare, which has run seeds and waits for a slot.</summary>
public sealed class SpareTests
{
    [Fact]
    public async Task Waiting_for_longer_than_an_execution_may_take_is_no_hang()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        File.WriteAllBytes(Path.Combine(seeds, "seed"), "abcdefgh"u8.ToArray());
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", seeds, "-o", folder.Out, "--workers", "1", "-s", "1", "--plain", "-t", "1000", "-V", "4",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.OffByOne.After", "--instrument", "Shmem.Tests.Targets");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Contains(" deaths=0 ", fuzzer.Output.Split('\n').Last(line => line.StartsWith("time=", StringComparison.Ordinal)));
        Assert.Empty(folder.Saved("unreproduced"));
    }
}
