using FsCheck.Xunit;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Heap;
using Shmem.Tests.Coverage;
using Xunit;

namespace Shmem.Tests.Corpus;

public sealed class ClaimTests
{
    /// <summary>The model: a claim commits exactly if it changes the board, which then is the union of all classified maps.</summary>
    [Property(MaxTest = 200)]
    public void A_claim_commits_exactly_if_it_adds_to_the_board(int seed, byte edges)
    {
        using var fixture = new BoardFixture(edges + 1);
        using var log = new LogFixture(new HeapShMemProvider(), 64 << 10);
        using var writer = CorpusLogWriter.Create(log.First, 0);
        var random = new Random(seed);
        var model = new byte[fixture.Map.Edges];
        var expected = new List<byte[]>();
        for (var i = 0; i < 40; i++)
        {
            fixture.Map.Clear();
            for (var hits = random.Next(5); hits > 0; hits--) fixture.Map.Counters[random.Next(model.Length)] = (byte)random.Next(256);
            var adds = false;
            for (var e = 0; e < model.Length; e++)
            {
                var bucket = HitBuckets.Classify(fixture.Map.Counters[e]);
                adds |= (bucket & ~model[e]) != 0;
                model[e] |= bucket;
            }

            byte[] payload = [(byte)i];
            if (adds) expected.Add(payload);
            Assert.Equal(adds, fixture.Board.Compare(fixture.Map, BoardKind.Queue) != BoardVerdict.None);
            Assert.Equal(adds ? ClaimResult.Committed : ClaimResult.Dropped,
                writer.Claim(fixture.Board, fixture.Map, BoardKind.Queue, payload, default, default));
            Assert.Equal(model, fixture.Board.Buckets(BoardKind.Queue).ToArray());
        }

        Assert.Equal(expected, log.ReadAll().Select(r => r.Payload));
        Assert.Equal(RecoverResult.Nothing, CorpusLog.Recover(log.First, log.Open));
    }

    [Theory]
    [InlineData(BoardKind.Queue, RecordKind.Entry)]
    [InlineData(BoardKind.Crash, RecordKind.Finding)]
    [InlineData(BoardKind.Hang, RecordKind.Finding)]
    public void Each_board_is_claimed_by_itself(BoardKind kind, RecordKind record)
    {
        using var fixture = new BoardFixture(100);
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 0);
        fixture.Map.Counters[50] = 1;
        Assert.Equal(ClaimResult.Committed, writer.Claim(fixture.Board, fixture.Map, kind, [1], [2, 3], default));
        foreach (var other in Enum.GetValues<BoardKind>()) Assert.Equal(other == kind ? 1 : 0, fixture.Board.EdgesFound(other));
        var (found, _, payload, details) = Assert.Single(log.ReadAll());
        Assert.Equal(record, found);
        Assert.Equal([1], payload);
        Assert.Equal([2, 3], details);
    }

    [Fact]
    public void A_claim_sets_nothing_behind_its_board()
    {
        using var fixture = new BoardFixture(64);
        using var crowded = new CrowdedMap(64);
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 0);
        Assert.Equal(ClaimResult.Committed, writer.Claim(fixture.Board, crowded.Map, BoardKind.Queue, [1], default, default));
        Assert.Equal((64, 0), (fixture.Board.EdgesFound(BoardKind.Queue), fixture.Board.EdgesFound(BoardKind.Crash)));
        Assert.Throws<ArgumentNullException>(() => writer.Claim(null!, crowded.Map, BoardKind.Queue, [1], default, default));
    }

    [Fact]
    public void A_claim_without_room_touches_neither_board_nor_log_and_succeeds_with_the_next_segment()
    {
        using var fixture = new BoardFixture(100);
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 0);
        Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
        fixture.Map.Counters[50] = 1;
        var before = log.First.Span.ToArray();
        Assert.Equal(ClaimResult.NoRoom, writer.Claim(fixture.Board, fixture.Map, BoardKind.Queue, new byte[1000], default, default));
        Assert.Equal(0, fixture.Board.EdgesFound(BoardKind.Queue));
        Assert.Equal(before, log.First.Span.ToArray());
        writer.SetNext(log.NewSegment());
        Assert.Equal(ClaimResult.Committed, writer.Claim(fixture.Board, fixture.Map, BoardKind.Queue, new byte[1000], default, default));
        Assert.Equal([3000, 1000], log.ReadAll().Select(r => r.Payload.Length));
    }

    [Fact]
    public void Compare_and_claim_allocate_nothing()
    {
        using var fixture = new BoardFixture(20_000);
        using var log = new LogFixture(new HeapShMemProvider(), 1 << 20);
        using var writer = CorpusLogWriter.Create(log.First, 0);
        byte[] payload = [1, 2, 3];
        Execute(0);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 1; i < 1000; i++) Execute(i);
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
        Assert.Equal(1000, writer.Count);

        void Execute(int edge)
        {
            fixture.Map.Clear();
            fixture.Map.Counters[edge] = 1;
            if (fixture.Board.Compare(fixture.Map, BoardKind.Queue) != BoardVerdict.None)
                writer.Claim(fixture.Board, fixture.Map, BoardKind.Queue, payload, default, new RecordInfo { Parent = new CorpusAddress(0, 1) });
        }
    }
}
