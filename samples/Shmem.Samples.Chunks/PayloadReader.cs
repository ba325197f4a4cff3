using System.Buffers.Binary;

namespace Shmem.Samples.Chunks;

/// <summary>Reads one chunk's payload from front to back; running past its end is a <see cref="ChunkFormatException"/>.</summary>
internal ref struct PayloadReader(ReadOnlySpan<byte> payload)
{
    private ReadOnlySpan<byte> _rest = payload;

    public readonly bool AtEnd => _rest.IsEmpty;

    public readonly int Remaining => _rest.Length;

    public byte ReadByte() => ReadBytes(1)[0];

    public int ReadUInt16() => BinaryPrimitives.ReadUInt16LittleEndian(ReadBytes(2));

    public ReadOnlySpan<byte> ReadBytes(int count)
    {
        if (count > _rest.Length)
            throw new ChunkFormatException("A chunk's payload is too short.");

        var bytes = _rest[..count];
        _rest = _rest[count..];
        return bytes;
    }
}
