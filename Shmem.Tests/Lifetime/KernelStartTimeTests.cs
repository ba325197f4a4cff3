using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

/// <summary>The line that it is read from is tested in <see cref="ProcessStatTests"/>.</summary>
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

    [Fact]
    public void A_holder_is_named_by_it()
    {
        var own = KernelStartTime.Of(Environment.ProcessId);
        Assert.Equal(new HolderId(3, Environment.ProcessId, own), HolderId.Of(3, Environment.ProcessId));
        Assert.Equal(new HolderId(4, int.MaxValue, KernelStartTime.Unknown), HolderId.Of(4, int.MaxValue));
    }
}
