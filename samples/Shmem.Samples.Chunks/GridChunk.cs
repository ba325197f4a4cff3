namespace Shmem.Samples.Chunks;

/// <summary>
/// <c>GRID</c>: columns (16 bits), rows (16 bits), both below 32,768, then one byte for each number, row by row; those left out at the
/// end are 0. A table narrower or shorter than a block of 256 by 256 is kept without them.
/// </summary>
internal static class GridChunk
{
    private const int BlockSize = 256;
    private const int MaxSide = short.MaxValue;

    public static void Read(ReadOnlySpan<byte> payload, ChunkDocument document)
    {
        var reader = new PayloadReader(payload);
        var columns = reader.ReadUInt16();
        var rows = reader.ReadUInt16();
        if (columns == 0 || rows == 0)
            throw new ChunkFormatException("The table is empty.");
        if (columns > MaxSide || rows > MaxSide)
            throw new ChunkFormatException("The table is too wide or too long.");

        var blocksAcross = CountBlocks(columns);
        var blocksDown = CountBlocks(rows);
        document.GridBlocks = blocksAcross * blocksDown;

        var count = columns * rows;
        if (blocksAcross == 1 || blocksDown == 1)
            count = Math.Min(count, reader.Remaining);

        // PLANTED BUG (unbounded allocation): the size is believed, though the payload holds a few bytes. Up to 8 GiB.
        var grid = new long[count];
        var given = reader.ReadBytes(Math.Min(grid.Length, reader.Remaining));
        for (var i = 0; i < given.Length; i++)
            grid[i] = given[i];
        document.Grid = grid;
    }

    private static int CountBlocks(int cells)
    {
        var blocks = 0;
        for (var rest = cells; rest > 0; rest -= BlockSize)
            blocks++;
        return blocks;
    }
}
