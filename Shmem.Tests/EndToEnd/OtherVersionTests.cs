using System.Globalization;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Campaigns on libraries that the fuzzer has, too, in another version.</summary>
public sealed class OtherVersionTests
{
    [Theory]
    [InlineData("OtherVersion", "dnlib")]
    [InlineData("Proto", "Google.Protobuf")]
    public async Task A_library_that_the_fuzzer_uses_itself_is_fuzzed_in_the_version_of_the_target(string method, string library)
    {
        if (library == "dnlib") Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, "fuzz", "-o", folder.Out, "--workers", "1", "-s", "1", "-E", "2000", "-V", "3600", "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Harness." + method, "--expect", "Google.Protobuf.InvalidProtocolBufferException",
            "--instrument", "Shmem.Tests.Targets", "--instrument", library);

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        var stats = folder.Stats();
        Assert.InRange(long.Parse(stats["execs_done"], CultureInfo.InvariantCulture), 2000, long.MaxValue);
        // The harness has one edge.
        Assert.InRange(long.Parse(stats["edges_found"], CultureInfo.InvariantCulture), 2, long.MaxValue);
        Assert.Empty(folder.Saved("crashes"));
        Assert.Empty(folder.Saved("hangs"));
    }
}
