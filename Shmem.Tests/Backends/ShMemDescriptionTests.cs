using FsCheck.Xunit;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

[Properties(Arbitrary = [typeof(Arbitraries)])]
public sealed class ShMemDescriptionTests
{
    [Property]
    public void A_written_description_reads_back_as_itself(ShMemDescription description)
    {
        var bytes = new byte[ShMemDescription.EncodedSize];
        Array.Fill(bytes, (byte)0xFF);
        description.Write(bytes);
        Assert.True(ShMemDescription.TryRead(bytes, out var read));
        Assert.Equal(description, read);
        Assert.False(ShMemDescription.TryRead(bytes.AsSpan(1), out _));
        Assert.Throws<ArgumentOutOfRangeException>(() => description.Write(bytes.AsSpan(1)));
    }

    [Property(MaxTest = 2000)]
    public void Foreign_bytes_are_read_or_refused_and_never_thrown_upon(ShMemDescription description, byte[] noise, byte at)
    {
        var bytes = new byte[ShMemDescription.EncodedSize];
        description.Write(bytes);
        var start = at % bytes.Length;
        noise.AsSpan(0, Math.Min(noise.Length, bytes.Length - start)).CopyTo(bytes.AsSpan(start));
        if (!ShMemDescription.TryRead(bytes, out var read)) return;
        var back = new byte[ShMemDescription.EncodedSize];
        read.Write(back);
        Assert.Equal(bytes, back);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MinValue)]
    public void A_size_below_one_is_refused(long size)
    {
        var bytes = new byte[ShMemDescription.EncodedSize];
        new ShMemDescription(ShMemId.Parse("heap:1"), size).Write(bytes);
        Assert.False(ShMemDescription.TryRead(bytes, out _));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Upper")]
    [InlineData("a/b")]
    [InlineData("..")]
    [InlineData("a\0")]
    [InlineData("thirty-three-characters-are-too-ma")]
    public void A_service_of_another_form_is_not_written(string service) =>
        Assert.Throws<ArgumentException>(() =>
            new ShMemDescription(ShMemId.Parse("served:x/1"), 1, service).Write(new byte[ShMemDescription.EncodedSize]));

    [Fact]
    public void Every_byte_of_a_service_is_checked()
    {
        var bytes = new byte[ShMemDescription.EncodedSize];
        new ShMemDescription(ShMemId.Parse("served:x/1"), 1, "ab").Write(bytes);
        foreach (var bad in "\0A/\xFF"u8)
        {
            bytes[ShMemId.Size + 8] = bad;
            Assert.False(ShMemDescription.TryRead(bytes, out _));
        }
    }
}
