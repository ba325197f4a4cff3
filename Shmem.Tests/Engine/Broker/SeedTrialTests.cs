using Shmem.Backends;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

/// <summary>How much memory the dry run asks for, before it has run anything. What it does stands in the end-to-end tests.</summary>
public sealed class SeedTrialTests
{
    private const long Mebi = 1 << 20;

    private static readonly ShMemException NoRoom = new(ShMemError.LimitReached, "create a segment", "there is no room", "Make room.");

    [Theory]
    [InlineData(5000, 40, 2 * Mebi)]
    [InlineData(1, 0, Mebi)]
    // The log of the seeds, and what one process is given of them.
    [InlineData(40, (int)Mebi, (40 + 16 + 1) * Mebi)]
    public async Task It_needs_as_much_as_the_seeds_have_and_a_little(int seeds, int length, long most)
    {
        // The third one is the process's own.
        var segments = new MeagreSegments(2, NoRoom);
        IReadOnlyList<TrialSeed> all = [.. Enumerable.Repeat(new TrialSeed("seed", new byte[length]), seeds)];
        using var log = await SeedLog.CreateAsync(segments, all);
        var trial = new SeedTrial(new VerdictRunner(segments, TestJudge.Payload, 64, TargetTypeNames.None), log, log.First.Description,
            new VerdictLimits(TimeSpan.FromSeconds(1), 1 << 28, TimeSpan.Zero), "N.T.M");

        await Assert.ThrowsAsync<ShMemException>(() => trial.RunAsync(all, TestContext.Current.CancellationToken));

        Assert.InRange(segments.Bytes, (long)seeds * length, most);
    }

    [Fact]
    public async Task A_log_that_is_full_grows_for_as_long_as_there_is_memory()
    {
        var segments = new MeagreSegments(2, NoRoom);
        using var log = await SeedLog.CreateAsync(segments, []);

        Assert.NotEqual(log.First.Description, await log.GrowAsync());
        await Assert.ThrowsAsync<ShMemException>(log.GrowAsync);
    }
}
