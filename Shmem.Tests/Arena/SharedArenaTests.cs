using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Arena;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Arena;

public sealed class SharedArenaTests
{
    /// <summary>How many segments they take stands in LimitTests.</summary>
    [Fact]
    public void Ten_thousand_maps_of_four_bytes_lie_apart_from_each_other_within_the_segment()
    {
        const int Maps = 10_000;
        using var segment = new StdShMemProvider().Create(1 << 20);
        using var arena = SharedArena.Create(segment, 64);
        var cells = new HashSet<long>();
        for (var i = 0; i < Maps; i++)
        {
            var cell = arena.Allocate(4);
            Assert.Equal(0, cell.Offset % 4);
            Assert.True(cells.Add(cell.Offset));
        }

        var offsets = cells.Order().ToList();
        Assert.All(offsets.Zip(offsets.Skip(1)), pair => Assert.True(pair.Second - pair.First >= 4));
        Assert.InRange(offsets[^1] + 4, 0, segment.Length);
    }

    [Property(MaxTest = 300)]
    public Property A_size_promised_is_enough() => Prop.ForAll(Gen.Choose(1, 5000).ToArbitrary(), Gen.Choose(1, 100).ToArbitrary(), (largest, cells) =>
    {
        using var segment = new HeapShMemProvider().Create(SharedArena.SizeFor(largest, cells));
        using var arena = SharedArena.Create(segment, largest);
        for (var i = 0; i < cells; i++) Assert.Equal(largest, arena.Bytes(arena.Allocate(largest)).Length);
    });

    [Fact]
    public void Classes_lose_little_and_have_numbers_of_their_own()
    {
        var numbers = new Dictionary<int, int>();
        for (var size = 1; size <= 1 << 20; size += size < 5000 ? 1 : 997)
        {
            var real = CellClass.SizeFor(size);
            Assert.Equal(real, CellClass.SizeFor(real));
            Assert.True(real >= size && (real % 64 == 0 || (real < 64 && int.IsPow2(real))));
            if (size > 256) Assert.True(real <= size * 1.25);
            Assert.Equal(real, numbers.GetValueOrDefault(CellClass.Number(real), real));
            numbers[CellClass.Number(real)] = real;
        }

        Assert.InRange(CellClass.Number(CellClass.SizeFor(SharedArena.MostBytes)), 0, CellClass.Count - 1);
    }

    [Property(MaxTest = 200, Arbitrary = [typeof(Arbitraries)])]
    public void Whatever_the_order_of_events_cells_meet_their_specification(ArenaEvent[] events)
    {
        using var segment = new HeapShMemProvider().Create(20_000);
        var specification = new ArenaSpecification(segment);
        foreach (var e in events) specification.Apply(e);
        specification.End();
    }

    [Fact]
    public void A_description_of_an_earlier_cell_opens_nothing()
    {
        using var segment = new HeapShMemProvider().Create(SharedArena.SizeFor(64, 1));
        using var arena = SharedArena.Create(segment, 64);
        using var other = SharedArena.Open(segment);
        var first = arena.Allocate(64);
        while (arena.TryAllocate(64, out _)) { }
        Assert.True(arena.Free(first));
        Assert.False(other.TryOpen(first));
        var second = arena.Allocate(64);
        Assert.Equal(first.Offset, second.Offset);
        Assert.False(other.TryOpen(first));
        Assert.False(arena.Free(first));
        Assert.Throws<InvalidOperationException>(() => arena.Bytes(first)[0]);
        Assert.True(other.TryOpen(second));
        // A refused attempt has held nothing.
        Assert.True(arena.Free(second));
        Assert.False(arena.TryAllocate(64, out _));
        Assert.True(other.Free(second));
        Assert.False(other.Free(second));
        Assert.True(arena.TryAllocate(64, out _));
    }

    [Fact]
    public void Disposing_lets_the_segment_go_also_where_its_bytes_are_damaged()
    {
        var provider = new HeapShMemProvider();
        var segment = provider.Create(20_000);
        var arena = SharedArena.Create(segment, 64);
        // The first block's class, which nobody here has needed yet.
        segment.Ref<int>(SharedArena.HeaderSize) = 5;
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(arena.Dispose).Error);
        segment.Dispose();
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => provider.Open(segment.Description)).Error);
    }

    // A block of 3 GiB has more cells of 4 bytes than an int counts the entries' bytes of: its first cell lay before the segment.
    [Theory]
    [InlineData(4096, true)]
    [InlineData(4096 + 64, false)]
    [InlineData(1 << 19, false)]
    public void A_block_is_as_long_as_one_of_ours(long size, bool isOurs)
    {
        using var segment = new HeapShMemProvider().Create(1 << 20);
        SharedArena.Create(segment, 4).Dispose();
        segment.Ref<long>(32) = size;
        segment.Ref<int>(40) = 1;
        if (isOurs) SharedArena.Open(segment).Dispose();
        else Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => SharedArena.Open(segment)).Error);
    }

    [Fact]
    public void A_full_arena_says_what_was_met()
    {
        using var segment = new HeapShMemProvider().Create(SharedArena.SizeFor(1000, 2));
        using var arena = SharedArena.Create(segment, 1000);
        while (arena.TryAllocate(1000, out _)) { }
        var full = Assert.Throws<ShMemException>(() => arena.Allocate(1000));
        Assert.Equal(ShMemError.LimitReached, full.Error);
        Assert.Contains("1024", full.Message, StringComparison.Ordinal);
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Allocate(0));
        Assert.Throws<ArgumentOutOfRangeException>(() => arena.Allocate(arena.LargestCell + 1));
    }

    [Fact]
    public void Sixty_three_hold_cells_at_a_time()
    {
        using var segment = new HeapShMemProvider().Create(SharedArena.SizeFor(64, 100));
        using var first = SharedArena.Create(segment, 64);
        var others = Enumerable.Range(0, 62).Select(_ => SharedArena.Open(segment)).ToList();
        var cell = first.Allocate(64);
        Assert.All(others, other => Assert.True(other.TryOpen(cell)));
        Assert.Equal(ShMemError.LimitReached, Assert.Throws<ShMemException>(() => SharedArena.Open(segment)).Error);
        // Of a process that is gone: pid 1 of another start.
        segment.Ref<ulong>(SharedArena.HoldersOffset + 5 * 8) = Incarnation.From(1, 0).Word;
        using var late = SharedArena.Open(segment);
        Assert.True(late.TryOpen(cell));
        Assert.True(late.Free(cell));
        foreach (var other in others.Where((_, i) => i != 4)) other.Dispose();
        Assert.True(first.Free(cell));
        Assert.False(late.TryOpen(cell));
    }

    [Fact]
    public void A_cell_s_description_goes_through_bytes_and_a_foreign_one_is_refused()
    {
        using var segment = new HeapShMemProvider().Create(20_000);
        using var foreign = new HeapShMemProvider().Create(20_000);
        using var arena = SharedArena.Create(segment, 64);
        var cell = arena.Allocate(10);
        Span<byte> encoded = stackalloc byte[ArenaCell.EncodedSize];
        cell.Write(encoded);
        Assert.True(ArenaCell.TryRead(encoded, out var read));
        Assert.Equal(cell, read);
        Assert.False(ArenaCell.TryRead(encoded[1..], out _));
        Assert.Throws<ArgumentException>(() => arena.TryOpen(cell with { Segment = foreign.Description }));
        Assert.All((ArenaCell[])[cell with { Offset = cell.Offset + 4 }, cell with { Offset = 0 }, cell with { Offset = long.MaxValue }, cell with { Size = 11 },
            cell with { Size = 0 }, cell with { Size = 17 }, cell with { Generation = 2 }], wrong => Assert.False(arena.TryOpen(wrong)));
    }

    [Property(MaxTest = 500)]
    public void Damaged_bytes_are_refused_or_used_within_the_mapping(ushort word, ulong value, bool small, bool header)
    {
        using var segment = new HeapShMemProvider().Create(8192);
        using (var arena = SharedArena.Create(segment, 64)) arena.Allocate(64);
        segment.Ref<ulong>((header ? word % 8 : word % (int)(segment.Length / 8)) * 8) = small ? value % 256 : value;
        try
        {
            using var opened = SharedArena.Open(segment);
            for (var i = 0; i < 200 && opened.TryAllocate(1 + i % opened.LargestCell, out var cell); i++) opened.Bytes(cell).Fill(0xFF);
        }
        catch (ShMemException e)
        {
            Assert.Contains(e.Error, (ShMemError[])[ShMemError.Invalid, ShMemError.Unsupported]);
        }
    }

    [Fact]
    public void Allocating_opening_and_freeing_allocate_nothing_managed()
    {
        using var segment = new HeapShMemProvider().Create(20_000);
        using var arena = SharedArena.Create(segment, 64);
        using var other = SharedArena.Open(segment);
        Assert.Equal(0, Allocations.OfRounds(Round));

        void Round()
        {
            arena.TryAllocate(10, out var cell);
            other.TryOpen(cell);
            other.Bytes(cell)[0] = 1;
            arena.Free(cell);
            other.Free(cell);
        }
    }

    public static class Arbitraries
    {
        public static Arbitrary<ArenaEvent> Events() => Arb.From(
            from kind in Gen.Elements(Enum.GetValues<ArenaEventKind>())
            from holder in Gen.Choose(0, 3)
            from size in Gen.Elements(1, 4, 10, 64, 100, 1000)
            from cell in Gen.Choose(0, 1000)
            select new ArenaEvent(kind, holder, size, cell));
    }
}
