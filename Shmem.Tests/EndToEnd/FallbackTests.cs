using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>A campaign where the kernel refuses memfd to the broker and to every worker.</summary>
[SupportedOSPlatform("linux")]
public sealed class FallbackTests
{
    [Fact]
    public async Task A_campaign_without_memfd_runs_on_POSIX_says_so_once_and_leaves_nothing()
    {
        Require.Patience();
        using var calls = await RefusedCalls.Compile();
        using var folder = new CampaignFolder();
        var before = new Leftovers(folder);
        using var fuzzer = FuzzerProcess.StartUnder(calls.Refuse(("memfd_create", RefusedCalls.EPERM)), "", folder.Root,
            "fuzz", "-o", folder.Out, "--workers", "1", "-s", "7", "-m", "256", "-E", "20000", "-V", "3600", "--plain");

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.InRange(long.Parse(folder.Stats()["execs_done"], CultureInfo.InvariantCulture), 20_000, long.MaxValue);
        var log = await File.ReadAllLinesAsync(Path.Combine(folder.Out, "log", CampaignLog.FileName), TestContext.Current.CancellationToken);
        var line = Assert.Single(log, l => l.Contains("Segments are created by", StringComparison.Ordinal));
        Assert.Contains("Segments are created by posix, since what is preferred does not work here: create memfd segment of 1 bytes: memfd_create:", line);
        Assert.Empty(before.Since());
    }
}
