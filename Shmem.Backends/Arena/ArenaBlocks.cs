namespace Shmem.Backends.Arena;

/// <summary>
/// The blocks of an arena: equal parts of the segment, each for cells of one class from its first use on. A block: 0 the class's size (4, 0 while unused), 64 the cells'
/// entries (16 each), then the cells, from a multiple of 64 on.
/// </summary>
// SAFETY: the blocks lie in a view that the arena holds for as long as it uses this, and `count` of them fit. A block's number is below Count, a cell's below Cells,
// which is computed from a class that was read once and checked: no cell ends behind its block.
internal sealed unsafe class ArenaBlocks
{
    public const int HeaderSize = 64;

    private readonly byte* _start;
    private readonly Geometry[] _known;
    private readonly Func<string, ShMemException> _invalid;
    private readonly Lock _learning = new();

    /// <param name="start">The first block.</param>
    /// <param name="size">Bytes of a block.</param>
    /// <param name="count">How many.</param>
    /// <param name="largest">The largest class.</param>
    /// <param name="invalid">Makes the exception for damaged memory.</param>
    public ArenaBlocks(byte* start, long size, int count, int largest, Func<string, ShMemException> invalid)
    {
        _start = start;
        Size = size;
        Largest = largest;
        _known = new Geometry[count];
        _invalid = invalid;
    }

    public long Size { get; }

    public int Largest { get; }

    public int Count => _known.Length;

    /// <summary>Bytes of a block that one cell of the largest class fits.</summary>
    public static long SizeFor(int largest) => HeaderSize + 64 + ((largest + 63L) & -64L);

    /// <summary>Cells of one class that a block of so many bytes fits.</summary>
    public static long CellsIn(long blockSize, int cellSize)
    {
        var cells = (blockSize - HeaderSize) / (sizeof(CellEntry) + cellSize);
        while (FirstCell(cells) + cells * cellSize > blockSize) cells--;
        return cells;
    }

    /// <summary>The class's size of a block; 0 while it is unused.</summary>
    public int CellSize(int block)
    {
        var known = Volatile.Read(ref _known[block].CellSize);
        return known != 0 ? known : Learn(block);
    }

    /// <summary>Cells of a block that has a class.</summary>
    public int Cells(int block) => _known[block].Cells;

    /// <summary>Gives an unused block its class.</summary>
    /// <returns>False when another was first.</returns>
    public bool TryAssign(int block, int cellSize) => Interlocked.CompareExchange(ref *(int*)Start(block), cellSize, 0) == 0 && Learn(block) == cellSize;

    public CellEntry* Entry(int block, int cell) => (CellEntry*)(Start(block) + HeaderSize) + cell;

    /// <summary>The cell's bytes, from the first block on.</summary>
    public long Offset(int block, int cell) => block * Size + _known[block].FirstCell + (long)cell * _known[block].CellSize;

    /// <summary>The cell that begins exactly there.</summary>
    /// <param name="offset">Bytes from the first block.</param>
    /// <param name="block">Its block.</param>
    /// <param name="cell">Its number in the block.</param>
    public bool TryFind(long offset, out int block, out int cell)
    {
        (block, cell) = (0, 0);
        if (offset < 0 || offset >= Size * Count) return false;
        block = (int)(offset / Size);
        var size = CellSize(block);
        var within = offset - block * Size - _known[block].FirstCell;
        if (size == 0 || within < 0) return false;
        cell = (int)(within / size);
        return within == (long)cell * size && cell < _known[block].Cells;
    }

    private byte* Start(int block) => _start + block * Size;

    /// <summary>Reads a block's class once: it never changes, and what others write there later moves nothing here.</summary>
    private int Learn(int block)
    {
        var size = Volatile.Read(ref *(int*)Start(block));
        if (size == 0) return 0;
        if (size < CellClass.Smallest || size > Largest || CellClass.SizeFor(size) != size) throw _invalid($"its block {block} has cells of {size} bytes");
        using var scope = _learning.EnterScope();
        // Two threads that read while others write there may have read two classes: the parts of both would not fit each other.
        if (_known[block].CellSize is var known and not 0) return known;
        var cells = CellsIn(Size, size);
        // The size last: who sees it sees the rest.
        _known[block].Cells = (int)cells;
        _known[block].FirstCell = (int)FirstCell(cells);
        Volatile.Write(ref _known[block].CellSize, size);
        return size;
    }

    private static long FirstCell(long cells) => (HeaderSize + cells * sizeof(CellEntry) + 63) & -64L;

    private struct Geometry
    {
        public int CellSize;
        public int Cells;
        public int FirstCell;
    }
}
