using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Shmem.Backends.Arena;

/// <summary>What another process needs to open a cell: the segment, where in it the cell lies, and which of the cells that lay there one after another it is.</summary>
/// <param name="Segment">The arena's segment.</param>
/// <param name="Offset">Bytes from the segment's start.</param>
/// <param name="Size">Bytes of the cell, as asked for when it was allocated.</param>
/// <param name="Generation">How often the place has been given; a description of an earlier cell opens nothing.</param>
public readonly record struct ArenaCell(ShMemDescription Segment, long Offset, int Size, uint Generation)
{
    private readonly ShMemDescription _segment = Segment;

    /// <summary>The arena's segment.</summary>
    public ShMemDescription Segment
    {
        get => _segment;
        init => _segment = value;
    }

    /// <summary>The segment's id where it stands.</summary>
    [UnscopedRef]
    internal ref readonly ShMemId SegmentIdInPlace => ref _segment.IdInPlace;

    /// <summary>Bytes of the encoded form: the segment's description, the offset (8, little endian), the size (4) and the generation (4).</summary>
    public const int EncodedSize = ShMemDescription.EncodedSize + sizeof(long) + sizeof(int) + sizeof(uint);

    /// <summary>Writes the encoded form, which can stand in shared memory.</summary>
    /// <param name="destination">At least <see cref="EncodedSize"/> bytes.</param>
    /// <exception cref="ArgumentException">The destination is too short.</exception>
    public void Write(Span<byte> destination)
    {
        if (destination.Length < EncodedSize) throw new ArgumentException($"A cell's description has {EncodedSize} bytes.", nameof(destination));
        Segment.Write(destination);
        destination = destination[ShMemDescription.EncodedSize..];
        BinaryPrimitives.WriteInt64LittleEndian(destination, Offset);
        BinaryPrimitives.WriteInt32LittleEndian(destination[sizeof(long)..], Size);
        BinaryPrimitives.WriteUInt32LittleEndian(destination[(sizeof(long) + sizeof(int))..], Generation);
    }

    /// <summary>Reads the encoded form. Foreign bytes are refused, never thrown upon.</summary>
    /// <returns>False for too few bytes, a malformed description of the segment, a negative offset or a size below 1.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out ArenaCell cell)
    {
        cell = default;
        if (source.Length < EncodedSize || !ShMemDescription.TryRead(source, out var segment)) return false;
        source = source[ShMemDescription.EncodedSize..];
        var offset = BinaryPrimitives.ReadInt64LittleEndian(source);
        var size = BinaryPrimitives.ReadInt32LittleEndian(source[sizeof(long)..]);
        if (offset < 0 || size < 1) return false;
        cell = new ArenaCell(segment, offset, size, BinaryPrimitives.ReadUInt32LittleEndian(source[(sizeof(long) + sizeof(int))..]));
        return true;
    }
}
