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

    [Fact]
    public void Equal_ones_have_one_hash_and_others_most_likely_others()
    {
        var identities = Enumerable.Range(0, 32).Select(i => Of(i)).ToList();
        Assert.Equal(identities.Select(i => i.GetHashCode()), Enumerable.Range(0, 32).Select(i => Of(i).GetHashCode()));
        Assert.True(identities.Select(i => i.GetHashCode()).Distinct().Count() > 16);

        static MapIdentity Of(int last) => new([.. Enumerable.Repeat((byte)1, 31), (byte)last]);
    }

    [Theory]
    [InlineData(31)]
    [InlineData(33)]
    public void Another_number_of_bytes_is_refused_and_named(int length)
    {
        Assert.Contains($"has 32 bytes, not {length}", Assert.Throws<ArgumentException>(() => new MapIdentity(new byte[length])).Message);
        Assert.Contains("64 hexadecimal digits", Assert.Throws<FormatException>(() => MapIdentity.Parse(new string('0', 2 * length))).Message);
    }

    [Property]
    public void Text_of_any_other_form_is_refused(string? text)
    {
        Assert.False(MapIdentity.TryParse(text, out _));
        Assert.False(MapIdentity.TryParse(new string('0', 63) + "g", out _));
    }
}
