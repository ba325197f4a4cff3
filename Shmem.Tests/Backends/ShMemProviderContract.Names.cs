using FsCheck;
using FsCheck.Xunit;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>Names of the user's choice, and segments that outlive their holders.</summary>
public abstract partial class ShMemProviderContract
{
    /// <summary>True where the provider is any one, each of which has a class of its own.</summary>
    private protected virtual bool NamesAreTestedElsewhere => false;

    /// <summary>A name that nobody else has.</summary>
    private protected string Name { get; } = "t-" + Guid.NewGuid().ToString("N")[..20];

    [Fact]
    public void Names_are_granted_exactly_where_the_capabilities_say_so()
    {
        // The rest of what names keep stands in the contract of those that have them.
        Assert.Equal(Provider.Capabilities.Names && !NamesAreTestedElsewhere, this is NamedShMemProviderContract);
        if (!Provider.Capabilities.Names)
        {
            Assert.Contains("new StdShMemProvider(", Refused(ShMemError.Unsupported, () => Provider.CreateNamed(Name, 100)).Remedy);
            Refused(ShMemError.Unsupported, () => Provider.OpenNamed(Name, 100));
            return;
        }

        Refused(ShMemError.NotFound, () => Provider.OpenNamed(Name, 100));
        using var owner = Provider.CreateNamed(Name, 100);
        Assert.True(owner.IsOwner);
        Assert.Equal(100, owner.Length);
        Assert.False(owner.Span.ContainsAnyExcept((byte)0));
        owner.Span[99] = 1;
        using var byName = Provider.OpenNamed(Name, 100);
        using var byId = Provider.Open(owner.Description);
        Assert.Equal((owner.Description, false), (byName.Description, byName.IsOwner));
        byName.Span[98] = 2;
        Assert.Equal((1, 2), (byId.Span[99], byId.Span[98]));
        using var part = Provider.OpenNamed(Name, 99);
        Assert.Equal(2, part.Span[^1]);
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
        // A prefix of our own where it becomes a name: others of the machine are none of the test's.
        var name = ShMemName.IsValid(text.Get) ? $"{Name}.{text.Get}" : text.Get;
        if (!ShMemName.IsValid(name)) Refused(ShMemError.Invalid, () => Provider.CreateNamed(name, 10));
        else if (!Provider.Capabilities.Names) Refused(ShMemError.Unsupported, () => Provider.CreateNamed(name, 10));
        else
        {
            using var owner = Provider.CreateNamed(name, 10);
            Provider.OpenNamed(name, 10).Dispose();
        }
    }

    [Fact]
    public void A_named_segment_without_bytes_is_refused()
    {
        Refused(ShMemError.Invalid, () => Provider.CreateNamed(Name, 0));
        Refused(ShMemError.Invalid, () => Provider.OpenNamed(Name, -1));
    }

    [Fact]
    public void A_segment_outlives_its_holders_exactly_where_the_capabilities_say_so()
    {
        Assert.Equal(Provider.Capabilities.Persists && !NamesAreTestedElsewhere, this is PersistentShMemProviderContract);
        var segment = Provider.Capabilities.Names ? Provider.CreateNamed(Name, 100) : Provider.Create(100);
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
        using (var again = Provider.OpenNamed(Name, 100)) Assert.Equal((7, false), (again.Span[99], again.IsOwner));
        Refused(ShMemError.Exists, () => Provider.CreateNamed(Name, 100));
        using (var held = Provider.Open(segment.Description))
        {
            Assert.True(Provider.Remove(segment.Id));
            held.Span[0] = 1;
            Assert.Equal(1, held.Span[0]);
        }

        Assert.False(Provider.Remove(segment.Id));
        Refused(ShMemError.NotFound, () => Provider.OpenNamed(Name, 100));
        Provider.CreateNamed(Name, 100).Dispose();
        Refused(ShMemError.NotFound, () => Provider.OpenNamed(Name, 100));
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
}
