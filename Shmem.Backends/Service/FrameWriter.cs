using System.Buffers.Binary;
using System.Text;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>Writes one frame: its whole length (4 bytes), the protocol's version (2), its kind (2), and the body. All numbers are little endian.</summary>
internal ref struct FrameWriter
{
    /// <summary>Of the protocol. Another is answered with a refusal.</summary>
    public const ushort Version = 1;

    /// <summary>Bytes before the body.</summary>
    public const int HeaderSize = 8;

    /// <summary>The longest frame, in bytes.</summary>
    public const int Largest = 4096;

    /// <summary>The longest text in a refusal, in bytes of UTF-8: three of them and the rest fit a frame.</summary>
    private const int LongestText = 1200;

    private readonly Span<byte> _frame;
    private int _length;

    /// <param name="frame">Room for <see cref="Largest"/> bytes.</param>
    /// <param name="kind">What the frame says.</param>
    public FrameWriter(Span<byte> frame, FrameKind kind)
    {
        _frame = frame;
        BinaryPrimitives.WriteUInt16LittleEndian(frame[4..], Version);
        BinaryPrimitives.WriteUInt16LittleEndian(frame[6..], (ushort)kind);
        _length = HeaderSize;
    }

    public void Write(int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(_frame[_length..], number);
        _length += sizeof(int);
    }

    public void Write(long number)
    {
        BinaryPrimitives.WriteInt64LittleEndian(_frame[_length..], number);
        _length += sizeof(long);
    }

    public void Write(ShMemId id)
    {
        id.Write(_frame[_length..]);
        _length += ShMemId.Size;
    }

    public void Write(HolderId holder)
    {
        Write(holder.ProcessNumber);
        Write(holder.Pid);
        Write(holder.KernelStartTime);
    }

    /// <summary>Writes a text with its length in bytes (2) before it, cut where it is too long.</summary>
    public void Write(string text)
    {
        Encoding.UTF8.GetEncoder().Convert(text, _frame.Slice(_length + sizeof(ushort), LongestText), flush: true, out _, out var bytes, out _);
        BinaryPrimitives.WriteUInt16LittleEndian(_frame[_length..], (ushort)bytes);
        _length += sizeof(ushort) + bytes;
    }

    /// <summary>Writes the length into the header.</summary>
    /// <returns>The frame.</returns>
    public readonly ReadOnlySpan<byte> End()
    {
        BinaryPrimitives.WriteInt32LittleEndian(_frame, _length);
        return _frame[.._length];
    }

    /// <summary>A frame that refuses.</summary>
    public static ReadOnlySpan<byte> Refusal(Span<byte> frame, ShMemException why)
    {
        var writer = new FrameWriter(frame, FrameKind.Refused);
        writer.Write((int)why.Error);
        writer.Write(why.Errno);
        writer.Write(why.Operation);
        writer.Write(why.Why);
        writer.Write(why.Remedy);
        return writer.End();
    }
}
