using FsCheck.Xunit;
using Shmem.Backends.Coverage;
using Xunit;

namespace Shmem.Tests.Coverage;

public sealed class MapIdentityTests
{
    [Fact]
    public void Its_text_reads_back_to_the_same_identity()
    {
        var identity = new MapIdentity([.. Enumerable.Range(200, 32).Select(i => (byte)i)]);
        Assert.Equal(64, identity.ToString().Length);
        Assert.Equal(identity, MapIdentity.Parse(identity.ToString().ToUpperInvariant()));
        Assert.NotEqual(default, identity);
    }

    [Property]
    public void Text_of_any_other_form_is_refused(string? text)
    {
        Assert.False(MapIdentity.TryParse(text, out _));
        Assert.False(MapIdentity.TryParse(new string('0', 63) + "g", out _));
    }
}
