using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

public sealed class SeenProcessTests
{
    [Fact]
    public void This_process_lives_since_it_was_started()
    {
        var seen = SeenProcess.Of(Environment.ProcessId);

        Assert.Equal(new SeenProcess(Presence.Lives, KernelStartTime.Of(Environment.ProcessId)), seen);
        Assert.True(seen.Is(seen.StartTime));
        Assert.False(seen.HasEnded(seen.StartTime));
    }

    // kill(2) with 0 or less means a group, or everybody.
    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    // Beyond the most that any system gives.
    [InlineData(int.MaxValue - 3)]
    public void No_process_has_such_a_number(int pid)
    {
        var seen = SeenProcess.Of(pid);

        Assert.Equal(new SeenProcess(Presence.None, KernelStartTime.Unknown), seen);
        Assert.False(seen.Is(5));
        Assert.True(seen.HasEnded(5));
    }

    [Theory]
    [InlineData("Lives", 5, 5, true, false)]
    [InlineData("Lives", 6, 5, false, true)]
    [InlineData("Ended", 5, 5, true, true)]
    [InlineData("Ended", 6, 5, false, true)]
    // Nobody knows when it was started.
    [InlineData("Lives", 6, 0, null, null)]
    [InlineData("Ended", 6, 0, null, null)]
    [InlineData("Lives", 0, 0, true, false)]
    // Nobody is there, or nobody knows whether one is.
    [InlineData("None", 0, 5, false, true)]
    [InlineData("None", 0, 0, false, true)]
    [InlineData("Unclear", 0, 5, null, null)]
    [InlineData("Unclear", 0, 0, null, null)]
    public void A_process_is_known_by_its_number_and_its_start(string presence, long seenStart, long start, bool? isIt, bool? hasEnded)
    {
        var seen = new SeenProcess(Enum.Parse<Presence>(presence), seenStart);

        Assert.Equal(isIt, seen.Is(start));
        Assert.Equal(hasEnded, seen.HasEnded(start));
    }
}
