using FsCheck;
using FsCheck.Xunit;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Names of the user's choice, and segments that outlive their holders.</summary>
public abstract partial class ShMemProviderContract
{
    private readonly string _name = "t-" + Guid.NewGuid().ToString("N")[..20];

    [Fact]
    public void Names_are_granted_exactly_where_the_capabilities_say_so()
    {
        if (!Provider.Capabilities.Names)
        {
            Assert.Contains("new StdShMemProvider(", Refused(ShMemError.Unsupported, () => Provider.CreateNamed(_name, 100)).Remedy);
            Refused(ShMemError.Unsupported, () => Provider.OpenNamed(_name, 100));
            return;
        }

        Refused(ShMemError.NotFound, () => Provider.OpenNamed(_name, 100));
        using var owner = Provider.CreateNamed(_name, 100);
        Assert.True(owner.IsOwner);
        Assert.Equal(100, owner.Length);
        Assert.False(owner.Span.ContainsAnyExcept((byte)0));
        owner.Span[99] = 1;
        using var byName = Provider.OpenNamed(_name, 100);
        using var byId = Provider.Open(owner.Description);
        Assert.Equal((owner.Description, false), (byName.Description, byName.IsOwner));
        byName.Span[98] = 2;
        Assert.Equal((1, 2), (byId.Span[99], byId.Span[98]));
        using var part = Provider.OpenNamed(_name, 99);
        Assert.Equal(2, part.Span[^1]);
    }

    [Fact]
    public void A_name_opens_with_no_more_bytes_than_its_segment_has()
    {
        if (!Provider.Capabilities.Names) return;
        using var owner = Provider.CreateNamed(_name, 100_000);
        // Windows tells a size in whole pages only.
        var beyond = OperatingSystem.IsWindows() ? 102_401 : 100_001;
        Refused(ShMemError.TooSmall, () => Provider.OpenNamed(_name, beyond));
        Refused(ShMemError.TooSmall, () => Provider.Open(owner.Description with { Size = beyond }));
        Refused(ShMemError.TooSmall, () => Provider.OpenNamed(_name, long.MaxValue));
    }

    [Fact]
    public void A_name_that_is_taken_is_refused_and_its_segment_stays()
    {
        if (!Provider.Capabilities.Names) return;
        using var first = Provider.CreateNamed(_name, 100);
        first.Span[0] = 1;
        foreach (var size in new[] { 1, 100, 100_000 })
            Assert.Contains(_name, Refused(ShMemError.Exists, () => Provider.CreateNamed(_name, size)).Message);
        using var again = Provider.OpenNamed(_name, 100);
        Assert.Equal(1, again.Span[0]);
    }

    [Fact]
    public void A_name_is_free_again_when_its_owner_lets_it_go()
    {
        if (!Provider.Capabilities.Names) return;
        var first = Provider.CreateNamed(_name, 100);
        using var view = Provider.OpenNamed(_name, 100);
        var clone = first.Clone();
        first.Dispose();
        Provider.OpenNamed(_name, 100).Dispose();
        clone.Dispose();
        Refused(ShMemError.NotFound, () => Provider.OpenNamed(_name, 100));
        using var second = Provider.CreateNamed(_name, 200);
        view.Span[0] = 1;
        Assert.Equal(0, second.Span[0]);
    }

    [Theory]
    [InlineData("")]
    [InlineData(".")]
    [InlineData("..")]
    [InlineData("a/b")]
    [InlineData("/a")]
    [InlineData(@"a\b")]
    [InlineData("a b")]
    [InlineData("a\0")]
    [InlineData("a\n")]
    [InlineData("Größe")]
    [InlineData("a-name-of-thirty-characters-xx")]
    public void What_is_no_name_is_refused_on_every_backend(string name)
    {
        Assert.False(ShMemName.IsValid(name));
        Refused(ShMemError.Invalid, () => Provider.CreateNamed(name, 100));
        Refused(ShMemError.Invalid, () => Provider.OpenNamed(name, 100));
    }

    [Property(MaxTest = 50)]
    public void Any_string_is_a_name_that_works_or_is_refused(NonNull<string> text)
    {
        if (ShMemName.IsValid(text.Get))
        {
            // A prefix of our own: other names of the machine are none of the test's.
            if (!Provider.Capabilities.Names || text.Get.Length > 6) return;
            var name = $"{_name}.{text.Get}";
            using var owner = Provider.CreateNamed(name, 10);
            Provider.OpenNamed(name, 10).Dispose();
        }
        else
        {
            Refused(ShMemError.Invalid, () => Provider.CreateNamed(text.Get, 10));
        }
    }

    [Fact]
    public void A_named_segment_without_bytes_is_refused_and_its_name_stays_free()
    {
        Refused(ShMemError.Invalid, () => Provider.CreateNamed(_name, 0));
        Refused(ShMemError.Invalid, () => Provider.OpenNamed(_name, -1));
        if (!Provider.Capabilities.Names) return;
        Refused(ShMemError.LimitReached, () => Provider.CreateNamed(_name, long.MaxValue));
        Refused(ShMemError.LimitReached, () => Provider.CreateNamed(_name, Provider.Capabilities.LargestSize + 1));
        Provider.CreateNamed(_name, 1).Dispose();
    }

    [Fact]
    public void Reading_only_is_granted_by_name_too()
    {
        if (!Provider.Capabilities.Names) return;
        using var owner = Provider.CreateNamed(_name, 100);
        owner.Span[0] = 3;
        using var reader = Provider.OpenNamed(_name, 100, ShMemAccess.Read);
        Assert.Equal(3, reader.Span[0]);
    }

    [Fact]
    public void A_segment_outlives_its_holders_exactly_where_the_capabilities_say_so()
    {
        var segment = Provider.Capabilities.Names ? Provider.CreateNamed(_name, 100) : Provider.Create(100);
        segment.Span[99] = 7;
        if (!Provider.Capabilities.Persists)
        {
            var refused = Assert.Throws<ShMemException>(segment.Persist);
            Assert.Equal(ShMemError.Unsupported, refused.Error);
            segment.Dispose();
            Refused(ShMemError.NotFound, () => Provider.Open(segment.Description));
            Assert.Equal(ShMemError.Unsupported, Assert.Throws<ShMemException>(() => Provider.Remove(segment.Id)).Error);
            return;
        }

        segment.Persist();
        segment.Persist();
        segment.Dispose();
        using (var again = Provider.OpenNamed(_name, 100)) Assert.Equal((7, false), (again.Span[99], again.IsOwner));
        Refused(ShMemError.Exists, () => Provider.CreateNamed(_name, 100));
        using (var held = Provider.Open(segment.Description))
        {
            Assert.True(Provider.Remove(segment.Id));
            held.Span[0] = 1;
            Assert.Equal(1, held.Span[0]);
        }

        Assert.False(Provider.Remove(segment.Id));
        Refused(ShMemError.NotFound, () => Provider.OpenNamed(_name, 100));
        Provider.CreateNamed(_name, 100).Dispose();
        Refused(ShMemError.NotFound, () => Provider.OpenNamed(_name, 100));
    }

    [Fact]
    public void An_owner_whose_name_was_removed_does_not_take_the_next_ones_along()
    {
        if (!Provider.Capabilities.Persists) return;
        var first = Provider.CreateNamed(_name, 100);
        Assert.True(Provider.Remove(first.Id));
        using var second = Provider.CreateNamed(_name, 100);
        second.Span[0] = 1;
        first.Dispose();
        using var again = Provider.OpenNamed(_name, 100);
        Assert.Equal(1, again.Span[0]);
    }

    [Fact]
    public void Only_the_owner_persists_and_only_while_it_has_the_segment()
    {
        var owner = Provider.Create(100);
        using var other = Provider.Open(owner.Description);
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(other.Persist).Error);
        owner.Dispose();
        Assert.Throws<ObjectDisposedException>(owner.Persist);
    }

    [Theory]
    [MemberData(nameof(ForeignRests))]
    public void What_nobody_gave_is_not_removed(string rest)
    {
        if (!Provider.Capabilities.Persists) return;
        Assert.False(Provider.Remove(ShMemId.Parse($"{Provider.Scheme}:{rest}")));
    }
}
