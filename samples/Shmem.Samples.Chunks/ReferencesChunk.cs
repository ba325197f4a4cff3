namespace Shmem.Samples.Chunks;

/// <summary>
/// <c>XREF</c>: references of four bytes: kind, volume, offset (16 bits). The kind's highest bit says that the file is part of a set,
/// whose volumes are mapped 4 GiB apart, each below the one before it; the rest of the kind is the writer's.
/// </summary>
internal static unsafe class ReferencesChunk
{
    private const int Far = 0x80;
    private const int VolumeShift = 32;

    public static void Read(ReadOnlySpan<byte> payload, ChunkDocument document, ReadOnlySpan<byte> file)
    {
        // SAFETY: the pointer is used inside the fixed block only; for near references the offset has been checked.
        fixed (byte* start = file)
        {
            var reader = new PayloadReader(payload);
            while (!reader.AtEnd)
            {
                var kind = reader.ReadByte();
                var volume = reader.ReadByte();
                var offset = reader.ReadUInt16();
                if (offset >= file.Length)
                    throw new ChunkFormatException("A reference points past the end of its volume.");

                if ((kind & Far) != 0)
                {
                    // PLANTED BUG (access violation): nobody asks whether the set has so many volumes; up to 2^40 bytes below the
                    // file there is nothing.
                    document.AddReference(*(start - ((long)volume << VolumeShift) + offset));
                }
                else if (volume == 0)
                {
                    document.AddReference(start[offset]);
                }
                else
                {
                    throw new ChunkFormatException("A near reference names a volume.");
                }
            }
        }
    }
}
