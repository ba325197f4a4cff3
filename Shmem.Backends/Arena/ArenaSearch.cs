namespace Shmem.Backends.Arena;

/// <summary>
/// Where to look for a free cell, as this process guesses: what is free is decided by the cell's word alone, so guesses of several threads may overwrite each other.
/// </summary>
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
    public bool TryClaim<TProbe>(int cellSize, ulong bit, out int block, out int cell) where TProbe : struct, IArenaProbe
    {
        var number = CellClass.Number(cellSize);
        var next = Volatile.Read(ref _next[number]);
        var looked = 0;
        if (TryClaim<TProbe>(cellSize, bit, (int)(next >> 32), (int)next, ref looked, out block, out cell)) return true;
        if (_patience[number] <= 0)
        {
            looked = 0;
            if (TryClaim<TProbe>(cellSize, bit, 0, 0, ref looked, out block, out cell)) return true;
            _patience[number] = looked;
        }

        for (block = Volatile.Read(ref _unused); block < _blocks.Count; block++)
        {
            if (_blocks.CellSize(block) != 0 || !_blocks.TryAssign(block, cellSize)) continue;
            Volatile.Write(ref _unused, block + 1);
            TProbe.Reached(ArenaStep.BlockAssigned);
            if (TryClaim<TProbe>(cellSize, bit, block, 0, ref looked, out block, out cell)) return true;
        }

        Volatile.Write(ref _unused, _blocks.Count);
        return TryClaim<TProbe>(cellSize, bit, 0, 0, ref looked, out block, out cell);
    }

    /// <summary>The cell that begins there is the first to look at.</summary>
    public void Freed(long offset)
    {
        if (!_blocks.TryFind(offset, out var block, out var cell)) return;
        ref var next = ref _next[CellClass.Number(_blocks.CellSize(block))];
        var freed = (long)block << 32 | (uint)cell;
        if (freed < Volatile.Read(ref next)) Volatile.Write(ref next, freed);
    }

    private bool TryClaim<TProbe>(int cellSize, ulong bit, int fromBlock, int fromCell, ref int looked, out int block, out int cell)
        where TProbe : struct, IArenaProbe
    {
        cell = fromCell;
        for (block = fromBlock; block < _blocks.Count; block++, cell = 0)
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
                return true;
            }
        }

        return false;
    }
}
