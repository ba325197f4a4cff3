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

        var ends = await Task.WhenAll(Run(first, 1), Run(second, 2));

        Assert.All(ends, e => Assert.Equal(0, e.ExitCode));
        var recorded = first.ReadAll().Concat(second.ReadAll()).Select(r => BitConverter.ToInt32(r.Payload)).Order();
        Assert.Equal(Enumerable.Range(0, Edges), recorded);
        Assert.Equal(Edges, board.EdgesFound(BoardKind.Queue));

        Task<PeerProcess> Run(LogFixture log, int seed) => PeerProcess.RunAsync(TimeSpan.FromMinutes(1), "race", $"{boardSegment.Id}/{boardSegment.Length}",
            BoardFixture.Identity.ToString(), $"{log.First.Id}/{log.First.Length}", $"{seed}");
    }

    /// <summary>Both claim the same map of many words at once, again and again: each word is a race of its own.</summary>
    [Fact]
    public void Of_two_threads_with_the_same_map_at_least_one_commits_and_the_board_is_whole()
    {
        const int Rounds = 300;
        const int Words = 64;
        using var boards = new BoardFixture(Words * 8);
        using var first = new Contender(Words * 8, 0);
        using var second = new Contender(Words * 8, 1);
        Contender[] contenders = [first, second];
        using var barrier = new Barrier(2);
        var committed = new int[2];
        var threads = contenders.Select((c, number) => new Thread(() =>
        {
            for (var round = 0; round < Rounds; round++)
            {
                // A new bucket of every edge in each of 8 rounds; then the board starts again.
                if (number == 0 && round % 8 == 0) boards.Seen(BoardKind.Queue).Clear();
                c.Map.Counters.Fill(Counts[round % 8]);
                barrier.SignalAndWait();
                if (c.Writer.Claim(boards.Board, c.Map, BoardKind.Queue, [], default, new RecordInfo { Executions = round }) == ClaimResult.Committed)
                    committed[number]++;
                barrier.SignalAndWait();
            }
        })).ToArray();
        foreach (var thread in threads) thread.Start();
        foreach (var thread in threads) thread.Join();

        var recorded = contenders.Select(c => c.Recorded()).ToArray();
        Assert.Equal(committed, recorded.Select(r => r.Count));
        Assert.Equal(Enumerable.Range(0, Rounds).Select(r => (long)r), recorded.SelectMany(r => r).Distinct().Order());
        var last = (byte)((1 << ((Rounds - 1) % 8 + 1)) - 1);
        Assert.DoesNotContain(boards.Board.Buckets(BoardKind.Queue).ToArray(), b => b != last);
    }

    private sealed class Contender : IDisposable
    {
        private readonly ShMem _segment;
        private readonly ProcessMemory _memory;
        private readonly LogFixture _log = new(new HeapShMemProvider(), 64 << 10);

        public Contender(int edges, int slot)
        {
            _segment = new HeapShMemProvider().Create(ProcessMemory.SizeFor(edges));
            _memory = ProcessMemory.Create(_segment, edges);
            Writer = CorpusLogWriter.Create(_log.First, slot);
        }

        public CoverageMap Map => _memory.Map;

        public CorpusLogWriter Writer { get; }

        public List<long> Recorded()
        {
            using var reader = _log.Reader();
            var rounds = new List<long>();
            while (reader.TryRead(out var record)) rounds.Add(record.Info.Executions);
            return rounds;
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
