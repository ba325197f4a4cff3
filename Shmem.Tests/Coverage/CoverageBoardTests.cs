using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Coverage;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Coverage;

public sealed class CoverageBoardTests
{
    private static readonly VectorWidth[] Widths = Enum.GetValues<VectorWidth>();

    /// <summary>Edges around lines, blocks and groups of blocks.</summary>
    private static readonly int[] Sizes = [1, 63, 64, 65, 127, 128, 192, 255, 256, 257, 320, 448, 512, 576, 1000, 4096 + 65, 64 * 256, 64 * 256 + 1, 2 * 64 * 256 + 3 * 256 + 65];

    [Property(MaxTest = 500)]
    public void Every_vector_width_reports_the_same_line_as_a_plain_loop(int sizeIndex, int seed, byte density, byte fromLine)
    {
        using var fixture = new BoardFixture(Sizes[(sizeIndex & int.MaxValue) % Sizes.Length]);
        var random = new Random(seed);
        var map = fixture.Map;
        var seen = fixture.Seen(BoardKind.Queue);
        for (var i = 0; i < map.Edges; i++)
        {
            if (random.Next(256) < density) map.Counters[i] = (byte)random.Next(256);
            // Mostly known already, so that a new bucket is rare and may stand anywhere.
            seen[i] = random.Next(1 + (seed & 63)) == 0 ? (byte)random.Next(256) : (byte)0xFF;
        }

        var from = fromLine % (map.Length / BoardScan.Line + 1) * BoardScan.Line;
        var expected = map.Length;
        for (var i = map.Edges - 1; i >= from; i--)
            if ((HitBuckets.Classify(map.Counters[i]) & ~seen[i]) != 0) expected = i & -BoardScan.Line;
        var hits = map.Counters.ToArray();
        foreach (var width in Widths)
        {
            Assert.Equal((width, expected), (width, Next(width, fixture, from)));
            Clear(width, map);
            Assert.Equal((width, -1), (width, map.Counters.IndexOfAnyExcept((byte)0)));
            hits.CopyTo(map.Counters);
        }
    }

    [Property(MaxTest = 300)]
    public void The_verdict_is_that_of_the_definition(int sizeIndex, int seed)
    {
        using var fixture = new BoardFixture(Sizes[(sizeIndex & int.MaxValue) % Sizes.Length]);
        var random = new Random(seed);
        var map = fixture.Map;
        var seen = fixture.Seen(BoardKind.Crash);
        var expected = BoardVerdict.None;
        for (var i = 0; i < map.Edges; i++)
        {
            if (random.Next(20) == 0) map.Counters[i] = (byte)random.Next(256);
            var bucket = HitBuckets.Classify(map.Counters[i]);
            seen[i] = random.Next(200) == 0 ? (byte)0 : random.Next(50) == 0 ? (byte)random.Next(1, 256) : (byte)0xFF;
            if ((bucket & ~seen[i]) == 0) continue;
            if (seen[i] == 0) expected = BoardVerdict.NewEdges;
            else if (expected == BoardVerdict.None) expected = BoardVerdict.NewBuckets;
        }

        Assert.Equal(expected, fixture.Board.Compare(map, BoardKind.Crash));
        Assert.Equal(fixture.Map.Edges - seen[..map.Edges].Count((byte)0), fixture.Board.EdgesFound(BoardKind.Crash));
        Assert.Equal(0, fixture.Board.EdgesFound(BoardKind.Hang));
    }

    // Every other map has something new, or rather its one edge that the board does not know may be idle.
    [Property(MaxTest = 500)]
    public void A_map_is_cleared_where_the_board_knows_all_of_it_and_else_left_alone(int sizeIndex, int seed, byte density)
    {
        using var fixture = new BoardFixture(Sizes[(sizeIndex & int.MaxValue) % Sizes.Length]);
        var random = new Random(seed);
        var map = fixture.Map;
        var seen = fixture.Seen(BoardKind.Crash);
        var hits = new byte[map.Edges];
        for (var i = 0; i < map.Edges; i++)
            if (random.Next(256) < density) hits[i] = (byte)random.Next(256);
        seen.Fill(0xFF);
        var unknown = (seed & 1) == 0 ? random.Next(map.Edges) : -1;
        if (unknown >= 0) seen[unknown] = (byte)~HitBuckets.Classify(hits[unknown]);
        var isKnown = unknown < 0 || hits[unknown] == 0;
        foreach (var width in Widths)
        {
            hits.CopyTo(map.Counters);
            Assert.Equal((width, isKnown), (width, ClearIfKnown(width, map, fixture.Board)));
            Assert.Equal(isKnown ? new byte[map.Edges] : hits, map.Counters.ToArray());
        }

        hits.CopyTo(map.Counters);
        Assert.Equal(isKnown, fixture.Board.ClearIfKnown(map, BoardKind.Crash));
        Assert.Equal(isKnown ? new byte[map.Edges] : hits, map.Counters.ToArray());
        // The other boards know nothing.
        hits.CopyTo(map.Counters);
        Assert.Equal(map.CountHit() == 0, fixture.Board.ClearIfKnown(map, BoardKind.Queue));
        Assert.Equal(hits, map.Counters.ToArray());
    }

    // Blocks that are idle are passed over by one look at all of them: a single counter decides.
    [Fact]
    public void A_single_hit_anywhere_is_seen_by_every_vector_width_and_cleared()
    {
        using var fixture = new BoardFixture(3 * 256 + 64);
        var map = fixture.Map;
        for (var edge = 0; edge < map.Edges; edge++)
        {
            foreach (var width in Widths)
            {
                map.Counters[edge] = 1;
                Assert.Equal((edge, width, edge & -BoardScan.Line), (edge, width, Next(width, fixture, 0)));
                Clear(width, map);
                Assert.Equal(-1, map.Counters.IndexOfAnyExcept((byte)0));
            }
        }
    }

    [Property]
    public void What_was_merged_is_known_and_what_was_known_before_still_is(int sizeIndex, int seed)
    {
        using var fixture = new BoardFixture(Sizes[(sizeIndex & int.MaxValue) % Sizes.Length]);
        var random = new Random(seed);
        var map = fixture.Map;
        var expected = new byte[map.Edges];
        for (var round = 0; round < 3; round++)
        {
            map.Clear();
            for (var i = 0; i < map.Edges; i++)
            {
                if (random.Next(4) == 0) map.Counters[i] = (byte)random.Next(256);
                expected[i] |= HitBuckets.Classify(map.Counters[i]);
            }

            fixture.Board.Merge(map, BoardKind.Hang);
            Assert.Equal(expected, fixture.Board.Buckets(BoardKind.Hang).ToArray());
            Assert.Equal(BoardVerdict.None, fixture.Board.Compare(map, BoardKind.Hang));
        }

        Assert.Equal(0, fixture.Board.EdgesFound(BoardKind.Queue) + fixture.Board.EdgesFound(BoardKind.Crash));
    }

    [Fact]
    public void A_map_of_another_size_and_a_board_that_is_none_are_refused()
    {
        using var fixture = new BoardFixture(100);
        using var other = new BoardFixture(101);
        Assert.Contains("101 edges, the board 100", Assert.Throws<ArgumentException>(() => fixture.Board.Compare(other.Map, BoardKind.Queue)).Message);
        Assert.Throws<ArgumentException>(() => fixture.Board.ClearIfKnown(other.Map, BoardKind.Queue));
        Assert.Throws<ArgumentException>(() => fixture.Board.Merge(other.Map, BoardKind.Queue));
        Assert.Contains("three boards", Assert.Throws<ArgumentOutOfRangeException>(() => fixture.Board.EdgesFound((BoardKind)3)).Message);
        Assert.Throws<ArgumentNullException>(() => CoverageBoard.Open(null!, BoardFixture.Identity));
    }

    // Each of them alone, with the identity of the board's maps and edges that fit.
    [Theory]
    [InlineData(0)]
    [InlineData(8)]
    [InlineData(12)]
    [InlineData(16)]
    public void A_header_with_any_other_field_is_refused(long offset)
    {
        using var fixture = new BoardFixture(100);
        fixture.Segment.Ref<int>(offset) ^= 1;
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => CoverageBoard.Open(fixture.Segment, BoardFixture.Identity)).Error);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(CoverageMap.MostEdges)]
    public void The_fewest_and_the_most_edges_are_edges(int edges)
    {
        using var segment = new HeapShMemProvider().Create(CoverageBoard.SizeFor(edges));
        CoverageBoard.Create(segment, default, edges).Dispose();
        using var board = CoverageBoard.Open(segment, default);
        Assert.Equal(edges, board.Edges);
        segment.Ref<int>(CoverageBoard.EdgesOffset) = 0;
        Assert.Contains("0 edges do not fit", Assert.Throws<ShMemException>(() => CoverageBoard.Open(segment, default)).Message);
    }

    [Fact]
    public void What_lies_behind_a_map_and_behind_a_board_is_nobody_s()
    {
        using var fixture = new BoardFixture(64);
        using var crowded = new CrowdedMap(64);
        fixture.Board.Merge(crowded.Map, BoardKind.Crash);
        Assert.Equal((0, 64, 0), (fixture.Board.EdgesFound(BoardKind.Queue), fixture.Board.EdgesFound(BoardKind.Crash), fixture.Board.EdgesFound(BoardKind.Hang)));
        // Every edge is known, and one has a new count: what follows is no new edge.
        crowded.Map.Counters[63] = 2;
        Assert.Equal(BoardVerdict.NewBuckets, fixture.Board.Compare(crowded.Map, BoardKind.Crash));
        // What the board before this one knows is not known to this one.
        fixture.Board.Merge(crowded.Map, BoardKind.Hang);
        Assert.Equal(BoardVerdict.None, fixture.Board.Compare(crowded.Map, BoardKind.Hang));
    }

    [Fact]
    public unsafe void Only_the_board_that_is_asked_is_looked_at_by_every_vector_width()
    {
        using var fixture = new BoardFixture(3 * 256 + 64);
        var map = fixture.Map;
        fixture.Seen(BoardKind.Queue).Fill(0xFF);
        fixture.Seen(BoardKind.Hang).Fill(0xFF);
        for (var edge = 0; edge < map.Edges; edge++)
        {
            map.Counters[edge] = 1;
            foreach (var width in Widths)
                Assert.Equal((edge, width, edge & -BoardScan.Line), (edge, width, BoardScan.NextNew(width, map.Start, fixture.Board.At(map, BoardKind.Crash), map.Length, 0)));
            map.Clear();
        }
    }

    [Fact]
    public unsafe void A_map_that_starts_anywhere_or_has_too_many_edges_is_refused()
    {
        using var fixture = new BoardFixture(100);
        var start = fixture.Map.Start;
        Assert.Contains("multiple of 64", Assert.Throws<ArgumentException>(() => new CoverageMap(null, 1)).Message);
        Assert.Throws<ArgumentException>(() => new CoverageMap(start + 1, 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CoverageMap(start, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => new CoverageMap(start, CoverageMap.MostEdges + 1));
        Assert.Equal(CoverageMap.MostEdges, CoverageMap.PaddedLength(CoverageMap.MostEdges));
    }

    [Theory]
    [InlineData("512", 512)]
    [InlineData("256", 256)]
    [InlineData("128", 128)]
    [InlineData("scalar", 64)]
    [InlineData("avx", null)]
    [InlineData("", null)]
    public void The_environment_variable_names_a_width(string text, int? bits) => Assert.Equal((VectorWidth?)bits, VectorChoice.Parse(text));

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("scalar")]
    public void A_variable_that_is_not_set_or_names_a_width_is_understood(string? value) => VectorChoice.Check(value);

    [Fact]
    public void A_variable_that_names_none_is_told_with_those_there_are()
    {
        var refused = Assert.Throws<ShMemException>(() => VectorChoice.Check("avx"));
        Assert.Equal(ShMemError.Invalid, refused.Error);
        Assert.Contains("read environment variable SHMEM_VECTOR: 'avx' is no vector width. Set it to 512, 256, 128 or scalar", refused.Message);
    }

    [Fact]
    public void A_board_opened_again_is_the_same_board()
    {
        using var fixture = new BoardFixture(100);
        fixture.Map.Counters[99] = 1;
        fixture.Seen(BoardKind.Hang)[99] = 1;
        using var again = CoverageBoard.Open(fixture.Segment, BoardFixture.Identity);
        Assert.Equal(100, again.Edges);
        Assert.Equal(BoardVerdict.None, again.Compare(fixture.Map, BoardKind.Hang));
        Assert.Equal(BoardVerdict.NewEdges, again.Compare(fixture.Map, BoardKind.Queue));
    }

    [Fact]
    public void A_board_of_another_identity_is_refused_and_both_are_named()
    {
        using var fixture = new BoardFixture(100);
        var other = MapIdentity.Parse(new string('a', 64));
        var error = Assert.Throws<ShMemException>(() => CoverageBoard.Open(fixture.Segment, other));
        Assert.Equal(ShMemError.Invalid, error.Error);
        Assert.Contains(other.ToString(), error.Message, StringComparison.Ordinal);
        Assert.Contains(BoardFixture.Identity.ToString(), error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_board_that_is_disposed_says_so()
    {
        using var fixture = new BoardFixture(100);
        fixture.Board.Dispose();
        Assert.Throws<ObjectDisposedException>(() => fixture.Board.Compare(fixture.Map, BoardKind.Queue));
        Assert.Throws<ObjectDisposedException>(() => fixture.Board.ClearIfKnown(fixture.Map, BoardKind.Queue));
    }

    [Property(MaxTest = 1000)]
    public void A_damaged_header_is_refused_or_describes_what_the_mapping_holds(byte offset, ulong value)
    {
        using var fixture = new BoardFixture(100);
        fixture.Segment.Ref<ulong>(offset % (CoverageBoard.HeaderSize / 8) * 8) = value;
        try
        {
            using var board = CoverageBoard.Open(fixture.Segment, BoardFixture.Identity);
            Assert.True(CoverageBoard.SizeFor(board.Edges) <= fixture.Segment.Length);
        }
        catch (ShMemException e)
        {
            Assert.Equal(ShMemError.Invalid, e.Error);
        }
    }

    [Fact]
    public void A_segment_too_short_for_its_edges_is_refused()
    {
        using var segment = new HeapShMemProvider().Create(CoverageBoard.SizeFor(64));
        Assert.Throws<ShMemException>(() => CoverageBoard.Create(segment, default, 65));
        CoverageBoard.Create(segment, default, 64).Dispose();
        segment.Ref<int>(CoverageBoard.EdgesOffset) = 65;
        Assert.Throws<ShMemException>(() => CoverageBoard.Open(segment, default));
    }

    [Fact]
    public void A_map_counts_what_was_hit_and_is_cleared_whole()
    {
        using var fixture = new BoardFixture(100);
        fixture.Map.Counters[0] = 1;
        fixture.Map.Counters[99] = 255;
        Assert.Equal(2, fixture.Map.CountHit());
        fixture.Map.Clear();
        Assert.Equal(0, fixture.Map.CountHit());
        Assert.Equal(128, fixture.Map.Length);
    }

    // Lines behind the last block, none, and blocks behind the last whole group.
    [Theory]
    [InlineData(3 * 256 + 64)]
    [InlineData(3 * 256)]
    [InlineData(66 * 256)]
    public void A_map_alone_is_cleared(int edges)
    {
        foreach (var width in Widths)
        {
            using var crowded = new CrowdedMap(edges);
            Clear(width, crowded.Map);
            Assert.Equal((width, 0), (width, crowded.Map.CountHit()));
            Assert.True(crowded.AreOthersWhole, $"{width}");
            using var fixture = new BoardFixture(edges);
            fixture.Seen(BoardKind.Crash).Fill(0xFF);
            crowded.Map.Counters.Fill(1);
            Assert.True(ClearIfKnown(width, crowded.Map, fixture.Board));
            Assert.Equal((width, 0), (width, crowded.Map.CountHit()));
            Assert.True(crowded.AreOthersWhole, $"{width}");
        }
    }

    private static unsafe void Clear(VectorWidth width, CoverageMap map) => BoardScan.Clear(width, map.Start, map.Length);

    private static unsafe bool ClearIfKnown(VectorWidth width, CoverageMap map, CoverageBoard board) =>
        BoardScan.ClearIfKnown(width, map.Start, board.At(map, BoardKind.Crash), map.Length);

    private static unsafe int Next(VectorWidth width, BoardFixture fixture, int from) =>
        BoardScan.NextNew(width, fixture.Map.Start, fixture.Board.At(fixture.Map, BoardKind.Queue), fixture.Map.Length, from);
}
