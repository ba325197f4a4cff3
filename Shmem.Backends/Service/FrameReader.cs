using System.Buffers.Binary;
using System.Text;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>Reads one frame, whose bytes come from outside: nothing in them is believed, and no read goes past their end.</summary>
internal ref struct FrameReader
{
    private ReadOnlySpan<byte> _rest;

    private FrameReader(ReadOnlySpan<byte> frame)
    {
        Length = BinaryPrimitives.ReadInt32LittleEndian(frame);
        Version = BinaryPrimitives.ReadUInt16LittleEndian(frame[4..]);
        Kind = (FrameKind)BinaryPrimitives.ReadUInt16LittleEndian(frame[6..]);
        IsWhole = HasLength && frame.Length >= Length;
        if (IsWhole) _rest = frame[FrameWriter.HeaderSize..Length];
    }

    /// <summary>As the header claims.</summary>
    public int Length { get; }

    /// <summary>As the header claims.</summary>
    public ushort Version { get; }

    /// <summary>As the header claims; perhaps none that there is.</summary>
    public FrameKind Kind { get; }

    /// <summary>True where the claimed length is one that a frame can have.</summary>
    public readonly bool HasLength => Length is >= FrameWriter.HeaderSize and <= FrameWriter.Largest;

    /// <summary>True where all bytes of the frame are there.</summary>
    public bool IsWhole { get; }

    /// <summary>True when the body has been read to its end: a body with more in it is malformed.</summary>
    public readonly bool IsAtEnd => _rest.IsEmpty;

    /// <summary>Begins to read; false for fewer bytes than a header has.</summary>
    public static bool TryBegin(ReadOnlySpan<byte> bytes, out FrameReader reader)
    {
        reader = bytes.Length >= FrameWriter.HeaderSize ? new FrameReader(bytes) : default;
        return bytes.Length >= FrameWriter.HeaderSize;
    }

    public bool TryRead(out int number)
    {
        if (!BinaryPrimitives.TryReadInt32LittleEndian(_rest, out number)) return false;
        _rest = _rest[sizeof(int)..];
        return true;
    }

    public bool TryRead(out long number)
    {
        if (!BinaryPrimitives.TryReadInt64LittleEndian(_rest, out number)) return false;
        _rest = _rest[sizeof(long)..];
        return true;
    }

    public bool TryRead(out ShMemId id)
    {
        if (!ShMemId.TryRead(_rest, out id)) return false;
        _rest = _rest[ShMemId.Size..];
        return true;
    }

    public bool TryRead(out HolderId holder)
    {
        holder = default;
        if (!TryRead(out long number) || !TryRead(out int pid) || !TryRead(out long start)) return false;
        holder = new HolderId(number, pid, start);
        return true;
    }

    public bool TryRead(out string text)
    {
        text = "";
        if (!BinaryPrimitives.TryReadUInt16LittleEndian(_rest, out var length) || _rest.Length < sizeof(ushort) + length) return false;
        text = Encoding.UTF8.GetString(_rest.Slice(sizeof(ushort), length));
        _rest = _rest[(sizeof(ushort) + length)..];
        return true;
    }

    /// <summary>Reads the body of a refusal.</summary>
    /// <param name="purpose">What was wanted, for the message.</param>
    /// <param name="refused">The service's reason.</param>
    public bool TryReadRefusal(string purpose, out ShMemException? refused)
    {
        refused = null;
        if (!TryRead(out int error) || !TryRead(out int errno) || !TryRead(out string operation) || !TryRead(out string why)
            || !TryRead(out string remedy) || !IsAtEnd || !Enum.IsDefined((ShMemError)error)) return false;
        operation = $"{purpose}: {operation}";
        refused = errno != 0
            ? ShMemException.Os((ShMemError)error, operation, errno, remedy)
            : new ShMemException((ShMemError)error, operation, why, remedy);
        return true;
    }
}
