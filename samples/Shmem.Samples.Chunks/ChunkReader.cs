using System.Buffers.Binary;

namespace Shmem.Samples.Chunks;

/// <summary>
/// Cuts a file into its chunks. A file is the magic <c>CHNK</c>, a version byte (1) and chunks; a chunk is a type of four letters,
/// a length of 16 bits (little endian), as many bytes of payload, and a check byte: the exclusive or of type and payload.
/// A file that is still being written ends early: its last chunk's payload is what is there, and the last byte is its check byte.
/// </summary>
internal ref struct ChunkReader
{
    private const int FrameSize = 4 + 2 + 1;
    private const int BlockSize = 4096;

    private ReadOnlySpan<byte> _rest;

    public ChunkReader(ReadOnlySpan<byte> file)
    {
        if (file.Length < 5 || !file.StartsWith("CHNK"u8))
            throw new ChunkFormatException("The magic is missing.");
        if (file[4] != 1)
            throw new ChunkFormatException("Only version 1 is known.");

        _rest = file[5..];
        Payload = default;
    }

    /// <summary>Type of the current chunk.</summary>
    public ChunkType Type { get; private set; }

    /// <summary>Payload of the current chunk.</summary>
    public ReadOnlySpan<byte> Payload { get; private set; }

    /// <summary>Whether the current chunk's check byte is right.</summary>
    public bool IsIntact { get; private set; }

    /// <summary>Blocks of 4 KiB, rounded up, that the last chunk, if intact, says are still to come.</summary>
    public int MissingBlocks { get; private set; }

    /// <summary>Goes on to the next chunk; false at the end of the file.</summary>
    public bool MoveNext()
    {
        if (_rest.IsEmpty)
            return false;
        if (_rest.Length < FrameSize)
            throw new ChunkFormatException("A chunk has no room for its frame.");

        foreach (var letter in _rest[..4])
        {
            if (letter is < (byte)'A' or > (byte)'Z')
                throw new ChunkFormatException("A chunk's type is not made of capital letters.");
        }

        Type = (ChunkType)BinaryPrimitives.ReadUInt32LittleEndian(_rest);
        var declared = (int)BinaryPrimitives.ReadUInt16LittleEndian(_rest[4..]);
        var length = Math.Min(declared, _rest.Length - FrameSize);
        Payload = _rest.Slice(6, length);
        IsIntact = _rest[6 + length] == Check(_rest[..4], Payload);
        if (IsIntact)
        {
            for (var missing = declared - length; missing > 0; missing -= BlockSize)
                MissingBlocks++;
        }

        _rest = _rest[(FrameSize + length)..];
        return true;
    }

    private static byte Check(ReadOnlySpan<byte> type, ReadOnlySpan<byte> payload)
    {
        var sum = 0;
        foreach (var b in type)
            sum ^= b;
        foreach (var b in payload)
            sum ^= b;
        return (byte)sum;
    }
}
