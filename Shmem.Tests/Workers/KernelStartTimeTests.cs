using Shmem.Actors.Workers;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>The line that it is read from is tested in <see cref="Lifetime.ProcessStatTests"/>.</summary>
public sealed class KernelStartTimeTests
{
    [Fact]
    public void It_stays_the_same_for_a_process_and_is_not_known_for_none()
    {
        var own = KernelStartTime.Of(Environment.ProcessId);
        Assert.True(own > 0);
        Assert.Equal(own, KernelStartTime.Of(Environment.ProcessId));
        Assert.Equal(KernelStartTime.Unknown, KernelStartTime.Of(int.MaxValue));
    }
}
