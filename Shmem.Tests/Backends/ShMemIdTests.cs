using System.Text;
using FsCheck.Xunit;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Backends;

[Properties(Arbitrary = [typeof(Arbitraries)])]
public sealed class ShMemIdTests
{
    [Property]
    public void Every_form_of_an_id_reads_back_as_itself(ShMemId id)
    {
        var text = id.ToString();
        Assert.Equal(id, ShMemId.Parse(text));
        Assert.Equal(id, ShMemId.Parse(text.AsSpan()));
        Assert.Equal(id, ShMemId.Parse(Encoding.ASCII.GetBytes(text)));
        Assert.Equal(text, $"{id.Scheme}:{id.Rest}");
        Assert.Equal(text, $"{id}");
        Assert.Equal(text, id.ToString("ignored", null));

        Span<char> chars = stackalloc char[ShMemId.Size];
        Assert.True(id.TryFormat(chars, out var written));
        Assert.Equal(text, chars[..written].ToString());
        Span<byte> bytes = stackalloc byte[ShMemId.Size];
        Assert.True(id.TryFormat(bytes, out written));
        Assert.Equal(text, Encoding.ASCII.GetString(bytes[..written]));
        Assert.False(id.TryFormat(chars[..(text.Length - 1)], out written));
        Assert.Equal(0, written);
        Assert.False(id.TryFormat(bytes[..(text.Length - 1)], out written));
        Assert.Equal(0, written);

        id.Write(bytes);
        Assert.True(ShMemId.TryRead(bytes, out var read));
        Assert.Equal(id, read);
        Assert.Equal(id.GetHashCode(), read.GetHashCode());
        Assert.True(id == read && !(id != read) && id.Equals((object)read));
    }

    // LESSONS: "ShMemId::from_string indexes past 20 bytes and panics; a full id has no NUL and panics too".
    [Property(MaxTest = 2000)]
    public void Foreign_bytes_are_read_or_refused_and_never_thrown_upon(byte[] bytes)
    {
        if (ShMemId.TryParse(bytes, null, out var parsed)) Assert.Equal(bytes, Encoding.ASCII.GetBytes(parsed.ToString()));
        else Assert.True(parsed.IsEmpty);

        var padded = new byte[ShMemId.Size];
        bytes.AsSpan(0, Math.Min(bytes.Length, padded.Length)).CopyTo(padded);
        if (!ShMemId.TryRead(padded, out var read)) return;
        var back = new byte[ShMemId.Size];
        read.Write(back);
        Assert.Equal(padded, back);
    }

    [Property(MaxTest = 2000)]
    public void Foreign_text_is_read_or_refused_and_never_thrown_upon(string? text)
    {
        if (ShMemId.TryParse(text, null, out var parsed)) Assert.Equal(text, parsed.ToString());
        else if (text is not null) Assert.Throws<FormatException>(() => ShMemId.Parse(text));
        Assert.Equal(ShMemId.TryParse(text, null, out _), ShMemId.TryParse(Encoding.UTF8.GetBytes(text ?? ""), null, out _));
    }

    [Property]
    public void One_byte_changed_is_another_id_or_none(ShMemId id, byte at, byte value)
    {
        var bytes = new byte[ShMemId.Size];
        id.Write(bytes);
        var changed = bytes[at % ShMemId.Size] != value;
        bytes[at % ShMemId.Size] = value;
        if (ShMemId.TryRead(bytes, out var other)) Assert.Equal(!changed, id == other);
    }

    [Fact]
    public void An_id_may_fill_all_64_bytes_and_no_more()
    {
        var full = "posix:" + new string('~', 58);
        var id = ShMemId.Parse(full);
        Assert.Equal(full, id.ToString());
        Assert.False(ShMemId.TryParse(full + "~", null, out _));
        Assert.False(ShMemId.TryParse(Encoding.ASCII.GetBytes(full + "~"), null, out _));
        var bytes = new byte[ShMemId.Size];
        id.Write(bytes);
        Assert.DoesNotContain((byte)0, bytes);
        Assert.True(ShMemId.TryRead(bytes, out var read));
        Assert.Equal(id, read);
    }

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("memfd")]
    [InlineData("memfd:")]
    [InlineData(":1")]
    [InlineData("Memfd:1")]
    [InlineData("1memfd:1")]
    [InlineData("mem-fd:1")]
    [InlineData("mem fd:1")]
    [InlineData("memfd:1 ")]
    [InlineData("memfd:\0")]
    [InlineData("memfd:1\0")]
    [InlineData("memfd:é")]
    [InlineData("memfd:\u007f")]
    [InlineData("thirteenchars:1")]
    public void Text_that_is_no_id_is_refused(string text)
    {
        Assert.False(ShMemId.TryParse(text, null, out _));
        Assert.False(ShMemId.TryParse(Encoding.UTF8.GetBytes(text), null, out _));
        Assert.Throws<FormatException>(() => ShMemId.Parse(text));
    }

    [Fact]
    public void Bytes_after_the_end_are_refused()
    {
        var bytes = new byte[ShMemId.Size];
        ShMemId.Parse("heap:1").Write(bytes);
        bytes[^1] = (byte)'1';
        Assert.False(ShMemId.TryRead(bytes, out _));
        Assert.False(ShMemId.TryRead(bytes.AsSpan(1), out _));
    }

    [Fact]
    public void The_default_id_is_empty_and_reads_back_from_nowhere()
    {
        ShMemId none = default;
        Assert.True(none.IsEmpty);
        Assert.Equal(("", "", ""), (none.ToString(), none.Scheme, none.Rest));
        Assert.False(ShMemId.TryRead(new byte[ShMemId.Size], out _));
        Assert.Throws<ArgumentException>(() => none.Write(new byte[ShMemId.Size - 1]));
    }

    [Fact]
    public unsafe void An_id_is_64_bytes_of_memory() => Assert.Equal(64, sizeof(ShMemId));
}
