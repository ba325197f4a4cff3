using System.Runtime.CompilerServices;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Memfd;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>A thread uses the handle of the mapping that it ended last for its next one: nothing of the first may reach the second.</summary>
[SupportedOSPlatform("linux")]
public sealed class MappingReuseTests
{
    private static readonly MemfdShMemProvider Provider = new();

    /// <summary>Kept until the test lets it go: others of this process collect at any time.</summary>
    private ShMem? _lost;

    [Fact]
    public void A_disposed_view_does_not_reach_the_segment_that_came_after_it()
    {
        var first = Provider.Create(4096);
        first.Dispose();
        using var second = Provider.Create(4096);
        Assert.Throws<ObjectDisposedException>(first.Clone);
        Assert.Throws<ObjectDisposedException>(first.Lease);
        Assert.Throws<ObjectDisposedException>(() => first.Span[0] = 1);
        first.Dispose();
        second.Span[0] = 2;
        using var same = Provider.Open(second.Description);
        Assert.Equal(2, same.Span[0]);
    }

    [Fact]
    public unsafe void A_lease_keeps_its_own_segment_while_others_come_and_go()
    {
        var first = Provider.Create(4096);
        var lease = first.Lease();
        first.Span[0] = 1;
        first.Dispose();
        var others = Enumerable.Range(0, 3).Select(_ => Provider.Create(4096)).ToList();
        foreach (var other in others) other.Span[0] = 2;
        Assert.Equal(1, *lease.Pointer);
        lease.Dispose();
        lease.Dispose();
        Assert.All(others, other => Assert.Equal(2, other.Span[0]));
        others.ForEach(other => other.Dispose());
        Assert.All(others, other => Assert.Throws<ShMemException>(() => Provider.Open(other.Description)));
    }

    [Fact]
    public void An_attachment_that_follows_a_segment_of_ours_leaves_the_owners_descriptor_alone()
    {
        using var owner = Provider.Create(4096);
        Provider.Create(4096).Dispose();
        Provider.Open(owner.Description).Dispose();
        Provider.Open(owner.Description).Dispose();
    }

    [Fact]
    public async Task A_lost_view_is_released_also_where_its_handle_was_used_before()
    {
        ShMemDescription lost = default;
        // A thread of its own: what it ended last is certainly ours.
        var thread = new Thread(() =>
        {
            Provider.Create(4096).Dispose();
            lost = Create();
        });
        thread.Start();
        thread.Join();
        using (Provider.Open(lost))
        {
        }

        _lost = null;
        await Waiting.UntilCollected(() => Refusal(lost) == ShMemError.NotFound, TimeSpan.FromSeconds(60), "the lost view is released");

        [MethodImpl(MethodImplOptions.NoInlining)]
        ShMemDescription Create() => (_lost = Provider.Create(4096)).Description;
    }

    private static ShMemError? Refusal(ShMemDescription description)
    {
        try
        {
            Provider.Open(description).Dispose();
            return null;
        }
        catch (ShMemException e)
        {
            return e.Error;
        }
    }
}
