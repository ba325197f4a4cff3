using System.Diagnostics.CodeAnalysis;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Win32;

namespace Shmem.Backends.Arena;

/// <summary>
/// Many small cells in one segment, allocated and freed from several processes: thousands of maps for one segment, one mapping and one descriptor.
/// </summary>
/// <remarks>
/// <para>
/// <b>Holding.</b> A cell lives as long as somebody holds it: who allocated it, and who opened it. Holding is membership of an arena object, one for each process as a rule:
/// opening again is the same holding, and one <see cref="Free"/> ends it. The bytes are given to another only when every holder has let go, by
/// <see cref="Free"/> or <see cref="Dispose"/>, or when the operating system says that its process is gone. What a living process keeps stays parked, however long it is silent.
/// </para>
/// <para>
/// <b>Death.</b> What a killed process held is taken back by the next who finds no room, and by <see cref="ReleaseDead"/>. A cell's state is one word with a bit for each holder: it
/// is claimed by one compare-and-swap from 0 and let go by one that takes a bit out, so a death at any step leaves it free or held by a dead process, and never blocks anybody.
/// </para>
/// <para>
/// Layout: bytes 0–31 the common header (magic <c>SHMEMARN</c>), 32 bytes of a block (8), 40 blocks (4), 44 largest cell (4), 48 namespace of the pids (8); 64 the holders (63 × 8);
/// from 576 the blocks. A block serves one size of cells from its first use on.
/// </para>
/// <para>
/// The members may be used by any thread, <see cref="Dispose"/> only when no other thread uses the arena or a cell's bytes. At most 63 arena objects hold cells of one segment at a time, all of
/// processes of one pid namespace. Allocating and freeing make no system call and no allocation, but where there is no room; of an object's threads one at a time opens or frees.
/// </para>
/// <para>
/// <code>
/// // In the first process:
/// using var segment = new StdShMemProvider().Create(SharedArena.SizeFor(4096, 10_000));
/// using var arena = SharedArena.Create(segment, 4096);
/// var cell = arena.Allocate(4096);
/// arena.Bytes(cell)[0] = 1;
///
/// // In the second process, which was told the cell:
/// using var segment = new StdShMemProvider().Open(cell.Segment);
/// using var arena = SharedArena.Open(segment);
/// if (arena.TryOpen(cell)) Console.WriteLine(arena.Bytes(cell)[0]);
/// </code>
/// </para>
/// </remarks>
public sealed unsafe class SharedArena : IDisposable
{
    /// <summary>Most bytes of a cell: 1 GiB.</summary>
    public const int MostBytes = 1 << 30;

    internal const int HeaderSize = 576;
    internal const int HoldersOffset = 64;
    private const int BlockSizeOffset = 32;
    private const int BlocksOffset = 40;
    private const int LargestOffset = 44;
    private const int NamespaceOffset = 48;
    private const uint Version = 1;
    private const string What = "an arena";
    private static readonly ulong Magic = BitConverter.ToUInt64("SHMEMARN"u8);

    private readonly ShMem _view;
    private readonly ShMemDescription _segment;
    private readonly ArenaBlocks _blocks;
    private readonly ArenaHolders _holders;
    private readonly ArenaSearch _search;
    private readonly int _holder;

    /// <summary>
    /// Between a look at what a cell is and the change of our bit in it: two threads of this object have one bit, so what one of them takes or lets go in between would be the other's.
    /// A few instructions long: a <see cref="Lock"/> would take a tenth of an allocation.
    /// </summary>
    private SpinLock _membership = new(enableThreadOwnerTracking: false);
    private bool _disposed;

    private SharedArena(ShMem view, ArenaBlocks blocks, ArenaHolders holders, int holder)
    {
        _view = view;
        _segment = view.Description;
        _blocks = blocks;
        _holders = holders;
        _search = new ArenaSearch(blocks);
        _holder = holder;
    }

    /// <summary>The largest cell in bytes.</summary>
    public int LargestCell => _blocks.Largest;

    /// <summary>Bytes of a segment for so many cells of one size.</summary>
    /// <param name="largestCell">Bytes of the largest cell; as <see cref="Create"/> is told.</param>
    /// <param name="cells">How many of that size there can be at least. Smaller ones need less, but have blocks of their own.</param>
    /// <exception cref="ArgumentOutOfRangeException">One of them is below 1, or the size over <see cref="MostBytes"/>.</exception>
    public static long SizeFor(int largestCell, int cells)
    {
        CheckLargest(largestCell);
        ArgumentOutOfRangeException.ThrowIfLessThan(cells, 1);
        var largest = CellClass.SizeFor(largestCell);
        var size = BlockSizeFor(largest);
        var inBlock = ArenaBlocks.CellsIn(size, largest);
        return HeaderSize + (cells + inBlock - 1) / inBlock * size;
    }

    /// <summary>Lays out a new segment.</summary>
    /// <param name="segment">A new segment, all zero, best of <see cref="SizeFor"/> bytes. The caller keeps and disposes it.</param>
    /// <param name="largestCell">Bytes of the largest cell. A block is as long, so choose what is really needed.</param>
    /// <returns>The arena, which is a holder. The caller disposes it.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The largest cell is below 1 or over <see cref="MostBytes"/> bytes.</exception>
    /// <exception cref="ShMemException">The segment does not fit one block.</exception>
    public static SharedArena Create(ShMem segment, int largestCell = 65536)
    {
        CheckLargest(largestCell);
        var largest = CellClass.SizeFor(largestCell);
        var size = BlockSizeFor(largest);
        if (segment is not null && segment.Length < HeaderSize + size) size = ArenaBlocks.SizeFor(largest);
        LayoutHeader.CheckRoom(segment!, HeaderSize + size, What);
        var start = segment!.Pointer;
        *(long*)(start + BlockSizeOffset) = size;
        *(int*)(start + BlocksOffset) = (int)Math.Min(int.MaxValue, (segment.Length - HeaderSize) / size);
        *(int*)(start + LargestOffset) = largest;
        LayoutHeader.Write(start, Magic, Version, HeaderSize, segment.Length);
        return Open(segment);
    }

    /// <summary>Opens what another process laid out, and becomes a holder.</summary>
    /// <param name="segment">The segment, open for writing. The caller keeps and disposes it.</param>
    /// <returns>The arena. The caller disposes it.</returns>
    /// <exception cref="ShMemException">It is no arena, of another layout version, damaged, of another pid namespace, or has 63 holders.</exception>
    public static SharedArena Open(ShMem segment) => Open<NoProbe<ArenaStep>>(segment);

    internal static SharedArena Open<TProbe>(ShMem segment) where TProbe : struct, IProbe<ArenaStep>
    {
        ArgumentNullException.ThrowIfNull(segment);
        LayoutHeader.Check(segment, Magic, Version, HeaderSize, What);
        var view = segment.Clone();
        try
        {
            var start = view.Pointer;
            var size = *(long*)(start + BlockSizeOffset);
            var count = *(int*)(start + BlocksOffset);
            var largest = *(int*)(start + LargestOffset);
            if (largest is < CellClass.Smallest or > MostBytes || CellClass.SizeFor(largest) != largest || size % 64 != 0 || size < ArenaBlocks.SizeFor(largest)
                || size > BlockSizeFor(largest) || size > view.Length || count < 1 || count > (view.Length - HeaderSize) / size)
                throw LayoutHeader.Invalid(segment, What, $"{count} blocks of {size} bytes, for cells of {largest}, cannot be its parts");
            PidNamespace.Check(ref *(ulong*)(start + NamespaceOffset), segment, "open the arena in");
            // SAFETY: so many blocks lie within the mapping, checked above; the view keeps it.
            var blocks = new ArenaBlocks(start + HeaderSize, size, count, largest, why => LayoutHeader.Invalid(segment, What, why));
            var holders = new ArenaHolders((ulong*)(start + HoldersOffset), blocks);
            var holder = holders.Register<TProbe>();
            if (holder < 0 && holders.ReleaseDead<TProbe>() > 0) holder = holders.Register<TProbe>();
            if (holder < 0)
            {
                throw new ShMemException(ShMemError.LimitReached, $"open the arena in {segment.Id}",
                    $"it has {ArenaHolders.Most} holders, all alive, and no more can be told apart", "Dispose an arena in one of them, or use a second arena.");
            }

            return new SharedArena(view, blocks, holders, holder);
        }
        catch
        {
            view.Dispose();
            throw;
        }
    }

    /// <summary>Gives a cell, all zero, that this arena object holds.</summary>
    /// <param name="size">Bytes, 1 to <see cref="LargestCell"/>. The cell begins at a multiple of the next power of two from 4 on, at most 64.</param>
    /// <returns>Its description, for <see cref="Bytes"/> here and <see cref="TryOpen"/> in other processes.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    /// <exception cref="ShMemException">There is no free cell of that size and no unused block.</exception>
    /// <exception cref="ObjectDisposedException">The arena is disposed.</exception>
    public ArenaCell Allocate(int size) => TryTake<NoProbe<ArenaStep>>(size, out var offset, out var generation)
        ? new ArenaCell(_segment, offset, size, generation)
        : throw new ShMemException(ShMemError.LimitReached, $"allocate {size} bytes in {_segment.Id}",
            $"all cells of {CellClass.SizeFor(size)} bytes are held by living processes and its {_blocks.Count} blocks are in use",
            "Free cells of that size, or create a larger arena.");

    /// <summary>The same as <see cref="Allocate"/>, for who has an answer to a full arena.</summary>
    /// <param name="size">Bytes, 1 to <see cref="LargestCell"/>.</param>
    /// <param name="cell">Its description.</param>
    /// <returns>False when there is no room.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The size is out of range.</exception>
    /// <exception cref="ObjectDisposedException">The arena is disposed.</exception>
    public bool TryAllocate(int size, out ArenaCell cell) => TryAllocate<NoProbe<ArenaStep>>(size, out cell);

    internal bool TryAllocate<TProbe>(int size, out ArenaCell cell) where TProbe : struct, IProbe<ArenaStep>
    {
        var isTaken = TryTake<TProbe>(size, out var offset, out var generation);
        cell = isTaken ? new ArenaCell(_segment, offset, size, generation) : default;
        return isTaken;
    }

    private bool TryTake<TProbe>(int size, out long offset, out uint generation) where TProbe : struct, IProbe<ArenaStep>
    {
        (offset, generation) = (0, 0);
        ObjectDisposedException.ThrowIf(_disposed, this);
        ArgumentOutOfRangeException.ThrowIfLessThan(size, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, LargestCell);
        var cellSize = CellClass.SizeFor(size);
        var claimed = _search.Claim<TProbe>(cellSize, Bit);
        if (claimed is null && ReleaseDead<TProbe>() > 0) claimed = _search.Claim<TProbe>(cellSize, Bit);
        if (claimed is not (var block, var number)) return false;

        // Nobody joins and nobody else claims it until the claim's mark is gone.
        var entry = _blocks.Entry(block, number);
        offset = HeaderSize + _blocks.Offset(block, number);
        // SAFETY: the cell lies within its block. What was never given is zero already.
        if (entry->Generation != 0) new Span<byte>(_view.Pointer + offset, cellSize).Clear();
        TProbe.Reached(ArenaStep.Cleared);
        generation = Math.Max(1, entry->Generation + 1);
        entry->Size = size;
        entry->Generation = generation;
        TProbe.Reached(ArenaStep.Numbered);
        Volatile.Write(ref entry->Holders, Bit);
        TProbe.Reached(ArenaStep.Published);
        return true;
    }

    /// <summary>Holds a cell that another process allocated. Opening what is held already changes nothing.</summary>
    /// <param name="cell">Its description.</param>
    /// <returns>False when it is no more: everyone who held it let go before.</returns>
    /// <exception cref="ArgumentException">The cell is of another segment.</exception>
    /// <exception cref="ObjectDisposedException">The arena is disposed.</exception>
    public bool TryOpen(in ArenaCell cell) => TryOpen<NoProbe<ArenaStep>>(cell);

    internal bool TryOpen<TProbe>(in ArenaCell cell) where TProbe : struct, IProbe<ArenaStep>
    {
        if (!TryFind(cell, out var entry, out _)) return false;
        var taken = false;
        try
        {
            _membership.Enter(ref taken);
            return TryJoin<TProbe>(entry, cell);
        }
        finally
        {
            if (taken) _membership.Exit(useMemoryBarrier: false);
        }
    }

    private bool TryJoin<TProbe>(CellEntry* entry, in ArenaCell cell) where TProbe : struct, IProbe<ArenaStep>
    {
        for (var seen = Volatile.Read(ref entry->Holders); (seen & Bit) == 0;)
        {
            if (seen == 0 || (seen & CellEntry.Claiming) != 0) return false;
            var before = Interlocked.CompareExchange(ref entry->Holders, seen | Bit, seen);
            if (before != seen)
            {
                seen = before;
                continue;
            }

            TProbe.Reached(ArenaStep.Joined);
            // From here on nobody can give the place anew: what it is now it stays.
            if (IsOf(entry, cell)) return true;
            ArenaHolders.Release(ref entry->Holders, Bit);
            return false;
        }

        // Ours already; or we are only just making another cell of it.
        return IsHeld(entry, cell);
    }

    /// <summary>The bytes of a cell that this arena object holds. They may be used until it is freed here.</summary>
    /// <exception cref="ArgumentException">The cell is of another segment.</exception>
    /// <exception cref="InvalidOperationException">It is not held: open it first.</exception>
    /// <exception cref="ObjectDisposedException">The arena is disposed.</exception>
    public Span<byte> Bytes(in ArenaCell cell)
    {
        if (!TryFind(cell, out var entry, out var offset) || !IsHeld(entry, cell)) ThrowNotHeld(cell);
        // SAFETY: the cell lies within its block, and its size was compared with what its class allows.
        return new Span<byte>(_view.Pointer + offset, cell.Size);
    }

    /// <summary>Lets a cell go. Its bytes must not be used here afterwards.</summary>
    /// <param name="cell">A cell that was allocated or opened here.</param>
    /// <returns>False when it is not held, and nothing is changed.</returns>
    /// <exception cref="ArgumentException">The cell is of another segment.</exception>
    /// <exception cref="ObjectDisposedException">The arena is disposed.</exception>
    public bool Free(in ArenaCell cell) => Free<NoProbe<ArenaStep>>(cell);

    internal bool Free<TProbe>(in ArenaCell cell) where TProbe : struct, IProbe<ArenaStep>
    {
        if (!TryFind(cell, out var entry, out var offset) || !TryRelease(entry, cell)) return false;
        TProbe.Reached(ArenaStep.Released);
        _search.Freed(offset - HeaderSize);
        return true;
    }

    /// <summary>Takes back what processes held that the operating system says are gone.</summary>
    /// <returns>How many such holders there were.</returns>
    /// <exception cref="ObjectDisposedException">The arena is disposed.</exception>
    public int ReleaseDead() => ReleaseDead<NoProbe<ArenaStep>>();

    internal int ReleaseDead<TProbe>() where TProbe : struct, IProbe<ArenaStep>
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        return _holders.ReleaseDead<TProbe>();
    }

    /// <summary>Lets all cells go that are held here. No other thread may be using the arena or a cell's bytes.</summary>
    /// <exception cref="ShMemException">The arena's memory is damaged: what is held here is taken back when this process is gone. The segment is let go all the same.</exception>
    public void Dispose() => Dispose<NoProbe<ArenaStep>>();

    internal void Dispose<TProbe>() where TProbe : struct, IProbe<ArenaStep>
    {
        if (_disposed) return;
        _disposed = true;
        try
        {
            _holders.Leave<TProbe>(_holder);
        }
        finally
        {
            _view.Dispose();
        }
    }

    private ulong Bit => 1UL << _holder;

    private static void CheckLargest(int largestCell)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(largestCell, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(largestCell, MostBytes);
    }

    /// <summary>Small blocks waste their headers: at least 4 KiB.</summary>
    private static long BlockSizeFor(int largest) => Math.Max(4096, ArenaBlocks.SizeFor(largest));

    private static bool IsOf(CellEntry* entry, in ArenaCell cell) => entry->Generation == cell.Generation && entry->Size == cell.Size;

    private bool IsHeld(CellEntry* entry, in ArenaCell cell) => (Volatile.Read(ref entry->Holders) & (Bit | CellEntry.Claiming)) == Bit && IsOf(entry, cell);

    private bool TryRelease(CellEntry* entry, in ArenaCell cell)
    {
        var taken = false;
        try
        {
            _membership.Enter(ref taken);
            return IsHeld(entry, cell) && ArenaHolders.Release(ref entry->Holders, Bit);
        }
        finally
        {
            if (taken) _membership.Exit(useMemoryBarrier: false);
        }
    }

    /// <summary>Finds where shared memory speaks of a cell. The description is not trusted.</summary>
    private bool TryFind(in ArenaCell cell, out CellEntry* entry, out long offset)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (!ShMemId.AreSame(cell.SegmentIdInPlace, _segment.IdInPlace) && HandleId.InCommon(cell.Segment.Id) != HandleId.InCommon(_segment.Id))
            throw new ArgumentException($"The cell is of {cell.Segment.Id}, this arena lies in {_segment.Id}.", nameof(cell));
        offset = cell.Offset;
        if (!_blocks.TryFind(offset - HeaderSize, out var block, out var number) || cell.Size < 1 || cell.Size > _blocks.CellSize(block))
        {
            entry = null;
            return false;
        }

        entry = _blocks.Entry(block, number);
        return true;
    }

    [DoesNotReturn]
    private void ThrowNotHeld(in ArenaCell cell) =>
        throw new InvalidOperationException($"The cell at {cell.Offset} of {_segment.Id}, generation {cell.Generation}, is not held here: open it first.");
}
