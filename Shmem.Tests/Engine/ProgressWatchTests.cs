using Shmem.Sample.Fuzzer.Engine;
using Xunit;

namespace Shmem.Tests.Engine;

public sealed class ProgressWatchTests
{
    private readonly ProgressWatch _watch = new(Ms(300), firstLimit: Ms(10_000));

    [Fact]
    public void An_execution_is_stuck_after_its_limit()
    {
        Assert.False(IsStuck(Ms(0), 7, running: true, Ms(0)));
        Assert.False(IsStuck(Ms(300), 7, running: true, Ms(0)));
        Assert.True(IsStuck(Ms(301), 7, running: true, Ms(0)));
    }

    [Fact]
    public void Each_execution_has_the_whole_limit()
    {
        Assert.False(IsStuck(Ms(0), 7, running: true, Ms(0)));
        Assert.False(IsStuck(Ms(290), 8, running: true, Ms(0)));
        Assert.False(IsStuck(Ms(590), 8, running: true, Ms(0)));
        Assert.True(IsStuck(Ms(591), 8, running: true, Ms(0)));
    }

    [Fact]
    public void The_first_execution_has_a_limit_of_its_own()
    {
        Assert.False(IsStuck(Ms(0), 0, running: true, Ms(0)));
        Assert.False(IsStuck(Ms(10_000), 0, running: true, Ms(0)));
        Assert.True(IsStuck(Ms(10_001), 0, running: true, Ms(0)));
    }

    [Fact]
    public void Who_does_not_run_the_target_is_not_stuck()
    {
        Assert.False(IsStuck(Ms(0), 7, running: false, Ms(0)));
        Assert.False(IsStuck(Ms(9_000), 7, running: false, Ms(0)));
        Assert.False(IsStuck(Ms(9_300), 7, running: true, Ms(0)));
    }

    /// <summary>A machine with more to do than processors once made a third of all deaths: executions of a millisecond, killed for taking 300.</summary>
    [Fact]
    public void Waiting_for_a_processor_does_not_count()
    {
        Assert.False(IsStuck(Ms(0), 7, running: true, waited: Ms(5_000)));
        Assert.False(IsStuck(Ms(900), 7, running: true, waited: Ms(5_600)));
        Assert.True(IsStuck(Ms(901), 7, running: true, waited: Ms(5_600)));
    }

    private bool IsStuck(TimeSpan now, long executions, bool running, TimeSpan waited) => _watch.IsStuck(now, executions, running, () => waited);

    private static TimeSpan Ms(int milliseconds) => TimeSpan.FromMilliseconds(milliseconds);
}
