namespace Shmem.Samples.Chunks;

/// <summary><c>HEAD</c>: width (16 bits), height (16 bits), depth (8 bits).</summary>
internal static class HeaderChunk
{
    private const int MaxPixels = 1 << 16;

    public static void Read(ReadOnlySpan<byte> payload, ChunkDocument document)
    {
        var reader = new PayloadReader(payload);
        var width = reader.ReadUInt16();
        var height = reader.ReadUInt16();
        var depth = reader.ReadByte();
        if (document.Depth != 0)
            throw new ChunkFormatException("There are two headers.");
        if (width == 0 || height == 0 || width * (long)height > MaxPixels)
            throw new ChunkFormatException("The picture is empty or too large.");
        if (depth is 0 or > 8)
            throw new ChunkFormatException("The depth is not between 1 and 8.");

        document.Width = width;
        document.Height = height;
        document.Depth = depth;
    }
}
