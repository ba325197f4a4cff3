using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>What every provider keeps whose segments can outlive their holders.</summary>
public abstract class PersistentShMemProviderContract : NamedShMemProviderContract
{
    [Fact]
    public void An_owner_whose_name_was_removed_does_not_take_the_next_ones_along()
    {
        var first = Provider.CreateNamed(Name, 100);
        Assert.True(Provider.Remove(first.Id));
        using var second = Provider.CreateNamed(Name, 100);
        second.Span[0] = 1;
        first.Dispose();
        using var again = Provider.OpenNamed(Name, 100);
        Assert.Equal(1, again.Span[0]);
    }

    [Fact]
    public void A_segment_whose_name_was_removed_is_not_persisted_and_says_so()
    {
        using var owner = Provider.CreateNamed(Name, 100);
        Assert.True(Provider.Remove(owner.Id));
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(owner.Persist).Error);
        using var next = Provider.CreateNamed(Name, 100);
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(owner.Persist).Error);
        next.Persist();
        Assert.True(Provider.Remove(next.Id));
    }

    [Theory]
    [MemberData(nameof(ForeignRests))]
    public void What_nobody_gave_is_not_removed(string rest)
    {
        Assert.False(Provider.Remove(ShMemId.Parse($"{Provider.Scheme}:{rest}")));
    }
}
