namespace Shmem.Backends.Arena;

/// <summary>
/// Where to look for a free cell, as this process guesses: what is free is decided by the cell's word alone, so guesses of several threads may overwrite each other.
/// </summary>
// SAFETY: entries are had from ArenaBlocks, for numbers below its Count and Cells.
internal sealed unsafe class ArenaSearch
{
    private readonly ArenaBlocks _blocks;

    /// <summary>By class: the block to begin with in the high half, the cell in the low one.</summary>
    private readonly long[] _next = new long[CellClass.Count];

    /// <summary>By class: how many more to give before looking from the beginning again, as many as the last such look was long.</summary>
    private readonly int[] _patience = new int[CellClass.Count];

    /// <summary>All blocks before it have a class.</summary>
    private int _unused;

    public ArenaSearch(ArenaBlocks blocks) => _blocks = blocks;

    /// <summary>Claims a free cell: first behind the last one, then in an unused block, then anywhere; now and then anywhere before an unused block is taken.</summary>
    /// <returns>Its block and its number there, or null when there is none.</returns>
    public (int Block, int Cell)? Claim<TProbe>(int cellSize, ulong bit) where TProbe : struct, IProbe<ArenaStep> =>
        ClaimBehindLast<TProbe>(cellSize, bit)
        ?? ClaimAnywhereInTurn<TProbe>(cellSize, bit)
        ?? ClaimInUnused<TProbe>(cellSize, bit)
        ?? ClaimFrom<TProbe>(cellSize, bit, 0, 0, out _);

    /// <summary>The cell that begins there is the first to look at.</summary>
    public void Freed(long offset)
    {
        if (!_blocks.TryFind(offset, out var block, out var cell)) return;
        ref var next = ref _next[CellClass.Number(_blocks.CellSize(block))];
        var freed = (long)block << 32 | (uint)cell;
        if (freed < Volatile.Read(ref next)) Volatile.Write(ref next, freed);
    }

    private (int Block, int Cell)? ClaimBehindLast<TProbe>(int cellSize, ulong bit) where TProbe : struct, IProbe<ArenaStep>
    {
        var next = Volatile.Read(ref _next[CellClass.Number(cellSize)]);
        return ClaimFrom<TProbe>(cellSize, bit, (int)(next >> 32), (int)next, out _);
    }

    private (int Block, int Cell)? ClaimAnywhereInTurn<TProbe>(int cellSize, ulong bit) where TProbe : struct, IProbe<ArenaStep>
    {
        ref var patience = ref _patience[CellClass.Number(cellSize)];
        if (patience > 0) return null;
        var claimed = ClaimFrom<TProbe>(cellSize, bit, 0, 0, out var looked);
        if (claimed is null) patience = looked;
        return claimed;
    }

    private (int Block, int Cell)? ClaimInUnused<TProbe>(int cellSize, ulong bit) where TProbe : struct, IProbe<ArenaStep>
    {
        for (var unused = Volatile.Read(ref _unused); unused < _blocks.Count; unused++)
        {
            if (_blocks.CellSize(unused) != 0 || !_blocks.TryAssign(unused, cellSize)) continue;
            Volatile.Write(ref _unused, unused + 1);
            TProbe.Reached(ArenaStep.BlockAssigned);
            // Others see the class, and may have filled the block already.
            if (ClaimFrom<TProbe>(cellSize, bit, unused, 0, out _) is { } claimed) return claimed;
        }

        Volatile.Write(ref _unused, _blocks.Count);
        return null;
    }

    private (int Block, int Cell)? ClaimFrom<TProbe>(int cellSize, ulong bit, int fromBlock, int fromCell, out int looked) where TProbe : struct, IProbe<ArenaStep>
    {
        looked = 0;
        var cell = fromCell;
        for (var block = fromBlock; block < _blocks.Count; block++, cell = 0)
        {
            if (_blocks.CellSize(block) != cellSize) continue;
            var entries = _blocks.Entry(block, 0);
            for (var cells = _blocks.Cells(block); cell < cells; cell++)
            {
                looked++;
                ref var holders = ref entries[cell].Holders;
                if (Volatile.Read(ref holders) != 0 || Interlocked.CompareExchange(ref holders, CellEntry.Claiming | bit, 0) != 0) continue;
                TProbe.Reached(ArenaStep.Claimed);
                var number = CellClass.Number(cellSize);
                Volatile.Write(ref _next[number], (long)block << 32 | (uint)(cell + 1));
                _patience[number]--;
                return (block, cell);
            }
        }

        return null;
    }
}
