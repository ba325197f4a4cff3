namespace Shmem.Samples.Chunks;

/// <summary><c>PLTE</c>: a count (8 bits), then red, green and blue of each colour.</summary>
internal static class PaletteChunk
{
    public static void Read(ReadOnlySpan<byte> payload, ChunkDocument document)
    {
        var reader = new PayloadReader(payload);
        int count = reader.ReadByte();
        if (document.Depth == 0)
            throw new ChunkFormatException("A palette comes before the header.");
        if (count == 0 || count > 1 << document.Depth)
            throw new ChunkFormatException("The palette is empty or larger than its depth allows.");

        var colours = new uint[count];
        for (var i = 0; i < count; i++)
        {
            var colour = reader.ReadBytes(3);
            colours[i] = (uint)(colour[0] << 16 | colour[1] << 8 | colour[2]);
        }

        document.Palette = colours;
    }
}
