using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>What every provider keeps that has names of the user's choice.</summary>
public abstract class NamedShMemProviderContract : ShMemProviderContract
{
    [Fact]
    public void A_name_opens_with_no_more_bytes_than_its_segment_has()
    {
        using var owner = Provider.CreateNamed(Name, 100_000);
        // Windows tells a size in whole pages only.
        var beyond = OperatingSystem.IsWindows() ? 102_401 : 100_001;
        Refused(ShMemError.TooSmall, () => Provider.OpenNamed(Name, beyond));
        Refused(ShMemError.TooSmall, () => Provider.Open(owner.Description with { Size = beyond }));
        Refused(ShMemError.TooSmall, () => Provider.OpenNamed(Name, long.MaxValue));
    }

    [Fact]
    public void A_name_that_is_taken_is_refused_and_its_segment_stays()
    {
        using var first = Provider.CreateNamed(Name, 100);
        first.Span[0] = 1;
        foreach (var size in new[] { 1, 100, 100_000 })
            Assert.Contains(Name, Refused(ShMemError.Exists, () => Provider.CreateNamed(Name, size)).Message);
        using var again = Provider.OpenNamed(Name, 100);
        Assert.Equal(1, again.Span[0]);
    }

    [Fact]
    public void A_name_is_free_again_when_its_owner_lets_it_go()
    {
        var first = Provider.CreateNamed(Name, 100);
        using var view = Provider.OpenNamed(Name, 100);
        var clone = first.Clone();
        first.Dispose();
        Provider.OpenNamed(Name, 100).Dispose();
        clone.Dispose();
        Refused(ShMemError.NotFound, () => Provider.OpenNamed(Name, 100));
        using var second = Provider.CreateNamed(Name, 200);
        view.Span[0] = 1;
        Assert.Equal(0, second.Span[0]);
    }

    [Fact]
    public void A_size_that_cannot_be_is_refused_and_its_name_stays_free()
    {
        Refused(ShMemError.Invalid, () => Provider.CreateNamed(Name, 0));
        Refused(ShMemError.LimitReached, () => Provider.CreateNamed(Name, long.MaxValue));
        Refused(ShMemError.LimitReached, () => Provider.CreateNamed(Name, Provider.Capabilities.LargestSize + 1));
        Provider.CreateNamed(Name, 1).Dispose();
    }

    [Fact]
    public void Reading_only_is_granted_by_name_too()
    {
        using var owner = Provider.CreateNamed(Name, 100);
        owner.Span[0] = 3;
        using var reader = Provider.OpenNamed(Name, 100, ShMemAccess.Read);
        Assert.Equal(3, reader.Span[0]);
    }
}
