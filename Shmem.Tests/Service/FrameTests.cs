using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.Service;

public sealed class FrameTests
{
    [Property]
    public void Any_bytes_are_read_without_going_past_their_end(byte[] bytes, bool honest)
    {
        // Half of them claim their own length, so that bodies are reached.
        if (honest && bytes.Length >= FrameWriter.HeaderSize) BitConverter.TryWriteBytes(bytes, bytes.Length);
        if (!FrameReader.TryBegin(bytes, out var reader))
        {
            Assert.True(bytes.Length < FrameWriter.HeaderSize);
            return;
        }

        Assert.Equal(reader.IsWhole, reader.HasLength && reader.Length <= bytes.Length);
        var before = reader;
        Assert.False(before.TryRead(out ShMemId _) && reader.Length < FrameWriter.HeaderSize + ShMemId.Size);
        before = reader;
        if (before.TryReadRefusal("test", out var refused)) Assert.True(Enum.IsDefined(refused!.Error));
        before = reader;
        while (before.TryRead(out string text)) Assert.True(text.Length <= bytes.Length);
    }

    [Property(Arbitrary = [typeof(Arbitraries)])]
    public void A_frame_is_read_as_it_was_written(ShMemId id, int number, long size)
    {
        var writer = new FrameWriter(new byte[FrameWriter.Largest], FrameKind.Granted);
        writer.Write(id);
        writer.Write(size);
        writer.Write(number);
        Assert.True(FrameReader.TryBegin(writer.End(), out var reader));
        Assert.True(reader.IsWhole);
        Assert.Equal((FrameKind.Granted, FrameWriter.Version), (reader.Kind, reader.Version));
        Assert.True(reader.TryRead(out ShMemId readId));
        Assert.True(reader.TryRead(out long readSize));
        Assert.False(reader.IsAtEnd);
        Assert.True(reader.TryRead(out int readNumber));
        Assert.True(reader.IsAtEnd);
        Assert.Equal((id, size, number), (readId, readSize, readNumber));
        Assert.False(reader.TryRead(out readNumber));
    }

    [Fact]
    public void A_refusal_is_read_with_its_reason_and_its_remedy()
    {
        var frame = new byte[FrameWriter.Largest];
        var refusal = new ShMemException(ShMemError.TooSmall, "open x", "it is small", "Make it larger.");
        Assert.True(FrameReader.TryBegin(FrameWriter.Refusal(frame, refusal), out var reader));
        Assert.True(reader.TryReadRefusal("test", out var read));
        Assert.Equal(("test: open x: it is small. Make it larger.", ShMemError.TooSmall, 0), (read!.Message, read.Error, read.Errno));
        Assert.True(FrameReader.TryBegin(FrameWriter.Refusal(frame, ShMemException.Os(ShMemError.LimitReached, "create", 24, "Raise it.")), out reader));
        Assert.True(reader.TryReadRefusal("test", out read));
        Assert.Equal((ShMemError.LimitReached, 24, "Raise it."), (read!.Error, read.Errno, read.Remedy));
        Assert.Contains(OperatingSystem.IsWindows() ? "Win32 error 24" : "errno 24", read.Message);
    }

    [Theory]
    [InlineData('x')]
    [InlineData('ü')]
    [InlineData('€')]
    public void A_refusal_of_any_length_fits_a_frame(char letter)
    {
        var text = new string(letter, 10_000);
        var frame = FrameWriter.Refusal(new byte[FrameWriter.Largest], new ShMemException(ShMemError.Os, text, text, text));
        Assert.True(FrameReader.TryBegin(frame, out var reader) && reader.IsWhole);
        Assert.True(reader.TryReadRefusal("test", out var read));
        Assert.DoesNotContain(read!.Message, c => c == '\uFFFD');
        Assert.InRange(read.Remedy.Length, 400, 1200);
    }

    [Theory]
    [InlineData("served:a/0", true)]
    [InlineData("served:a-b9/18446744073709551615", true)]
    [InlineData("served:abcdefghijklmnopqrstuvwxyz012345/18446744073709551615", true)]
    [InlineData("served:a/01", false)]
    [InlineData("served:a/18446744073709551616", false)]
    [InlineData("served:a/+1", false)]
    [InlineData("served:a/-1", false)]
    [InlineData("served:a/", false)]
    [InlineData("served:/1", false)]
    [InlineData("served:../1", false)]
    [InlineData("served:A/1", false)]
    [InlineData("served:a/b/1", false)]
    [InlineData("served:abcdefghijklmnopqrstuvwxyz0123456/1", false)]
    [InlineData("memfd:a/1", false)]
    public void A_served_id_has_one_spelling(string text, bool isOne)
    {
        var id = ShMemId.Parse(text);
        Assert.Equal(isOne, ServedId.TryParse(id, out var parts));
        if (isOne) Assert.Equal(id, parts.ToId());
    }
}
