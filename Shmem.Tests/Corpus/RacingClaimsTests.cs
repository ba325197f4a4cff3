using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Heap;
using Shmem.Backends.Slots;
using Shmem.Tests.Coverage;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Corpus;

public sealed class RacingClaimsTests
{
    private const int Edges = 20_000;

    /// <summary>One hit count of each bucket.</summary>
    private static readonly byte[] Counts = [1, 2, 3, 4, 8, 16, 32, 128];

    [Fact]
    public async Task Two_processes_that_reach_the_same_edges_record_each_exactly_once()
    {
        var provider = new StdShMemProvider();
        using var boardSegment = provider.Create(CoverageBoard.SizeFor(Edges));
        using var board = CoverageBoard.Create(boardSegment, BoardFixture.Identity, Edges);
        using var first = new LogFixture(provider, 4 << 20);
        using var second = new LogFixture(provider, 4 << 20);
        CorpusLogWriter.Create(first.First, 0).Dispose();
        CorpusLogWriter.Create(second.First, 1).Dispose();

        var ends = await Task.WhenAll(Run(first), Run(second));

        Assert.All(ends, e => Assert.Equal(0, e.ExitCode));
        var recorded = first.ReadAll().Concat(second.ReadAll()).Select(r => BitConverter.ToInt32(r.Payload)).Order();
        Assert.Equal(Enumerable.Range(0, Edges), recorded);
        Assert.Equal(Edges, board.EdgesFound(BoardKind.Queue));

        Task<PeerProcess> Run(LogFixture log) => PeerProcess.RunAsync(TimeSpan.FromMinutes(10), "race", $"{boardSegment.Id}/{boardSegment.Length}",
            BoardFixture.Identity.ToString(), $"{log.First.Id}/{log.First.Length}");
    }

    /// <summary>
    /// Both take the same buckets in the same order, so that they meet at word after word; of a plain read and write in the place of the atomic OR, some
    /// bucket of some round has two owners or none.
    /// </summary>
    [Fact]
    public void Of_two_threads_that_reach_a_bucket_at_once_exactly_one_records_it()
    {
        const int Rounds = 400;
        const int SmallMap = 64;
        using var boards = new BoardFixture(SmallMap);
        using var first = new Contender(SmallMap, 0);
        using var second = new Contender(SmallMap, 1);
        Contender[] contenders = [first, second];
        using var barrier = new Barrier(2, _ => boards.Seen(BoardKind.Queue).Clear());
        var threads = contenders.Select(c => new Thread(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                barrier.SignalAndWait();
                foreach (var count in Counts)
                {
                    for (var edge = 0; edge < SmallMap; edge++)
                    {
                        c.Map.Clear();
                        c.Map.Counters[edge] = count;
                        var bucket = new RecordInfo { Executions = round, Edges = edge, Operations = count };
                        Assert.NotEqual(ClaimResult.NoRoom, c.Writer.Claim(boards.Board, c.Map, BoardKind.Queue, [], default, bucket));
                    }
                }
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();

        var recorded = contenders.SelectMany(c => c.Recorded()).ToArray();
        Assert.Equal(Rounds * SmallMap * Counts.Length, recorded.Length);
        Assert.Equal(recorded.Length, recorded.Distinct().Count());
        Assert.DoesNotContain(boards.Board.Buckets(BoardKind.Queue).ToArray(), b => b != 0xFF);
    }

    /// <summary>The other's claim falls between this one's look at a word and its OR.</summary>
    [Fact]
    public void A_claim_that_is_overtaken_after_it_looked_owns_nothing_and_is_dropped()
    {
        using var boards = new BoardFixture(64);
        using var first = new Contender(64, 0);
        using var second = new Contender(64, 1);
        first.Map.Counters[7] = 1;
        second.Map.Counters[7] = 1;
        var overtaken = false;
        Overtaking.Act = () => overtaken = second.Writer.Claim(boards.Board, second.Map, BoardKind.Queue, [], default, default) == ClaimResult.Committed;

        Assert.Equal(ClaimResult.Dropped, first.Writer.Claim<Overtaking>(boards.Board, first.Map, BoardKind.Queue, [], default, default));

        Assert.True(overtaken);
        Assert.Empty(first.Recorded());
        Assert.Single(second.Recorded());
    }

    private readonly struct Overtaking : IProbe<ClaimStep>
    {
        [ThreadStatic]
        private static Action? _act;

        public static Action Act
        {
            set => _act = value;
        }

        public static void Reached(ClaimStep step)
        {
            if (step == ClaimStep.BucketsSeen) _act!();
        }
    }

    private sealed class Contender : IDisposable
    {
        private readonly ShMem _segment;
        private readonly ProcessMemory _memory;
        private readonly LogFixture _log = new(new HeapShMemProvider(), CorpusLog.DefaultSegment);

        public Contender(int edges, int slot)
        {
            _segment = new HeapShMemProvider().Create(ProcessMemory.SizeFor(edges));
            _memory = ProcessMemory.Create(_segment, edges);
            Writer = CorpusLogWriter.Create(_log.First, slot);
        }

        public CoverageMap Map => _memory.Map;

        public CorpusLogWriter Writer { get; }

        public List<RecordInfo> Recorded()
        {
            using var reader = _log.Reader();
            var recorded = new List<RecordInfo>();
            while (reader.TryRead(out var record)) recorded.Add(record.Info);
            return recorded;
        }

        public void Dispose()
        {
            Writer.Dispose();
            _log.Dispose();
            _memory.Dispose();
            _segment.Dispose();
        }
    }
}
