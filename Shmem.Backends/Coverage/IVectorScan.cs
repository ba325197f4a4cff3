namespace Shmem.Backends.Coverage;

/// <summary>What <see cref="BlockScan"/> asks of 256 bytes of a map, by vectors of one width.</summary>
internal unsafe interface IVectorScan
{
    /// <summary>Whether a block of <see cref="BlockScan.Block"/> bytes is idle.</summary>
    static abstract bool IsZero(byte* block);

    /// <summary>Whether a block of the map has buckets that the board's lacks.</summary>
    static abstract bool BlockHasNew(byte* map, byte* board);

    /// <summary>The same of the <see cref="BoardScan.Line"/> bytes at this place.</summary>
    static abstract bool LineHasNew(byte* map, byte* board);

    /// <summary>Sets a block to zero.</summary>
    static abstract void ClearBlock(byte* block);
}
