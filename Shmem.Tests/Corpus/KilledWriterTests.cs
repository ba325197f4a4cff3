using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;
using Shmem.Tests.Coverage;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Corpus;

/// <summary>
/// A second process is killed with SIGKILL at every step of a claim and an append, with and without a change of segments. Each run lets one more step pass, until
/// the writer gets to its end.
/// </summary>
public sealed class KilledWriterTests
{
    private const int Edges = 500;
    private static readonly int Killed = PeerProcess.Killed;
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(1);

    /// <summary>Three words of the board change, so the steps are: header, record, pending, three words looked at and set, decided, tail, pending cleared.</summary>
    private static readonly int[] HitEdges = [3, 77, 499];

    [Fact]
    public Task A_claim_killed_at_any_step_leaves_nothing_on_the_board_without_its_entry() => KillAtEveryStepAsync(full: false, steps: 12);

    [Fact]
    public Task A_claim_killed_while_it_changes_segments_leaves_a_whole_chain() => KillAtEveryStepAsync(full: true, steps: 15);

    private static async Task KillAtEveryStepAsync(bool full, int steps)
    {
        for (var survived = 0; survived <= steps; survived++)
        {
            using var scene = new Scene(full);
            var peer = await PeerProcess.RunAsync(Limit, "claim", Argument(scene.BoardSegment), BoardFixture.Identity.ToString(), Argument(scene.Log.First),
                full ? Argument(scene.Log.Last) : "-", Argument(scene.ProcessSegment), $"{survived}");
            Assert.Equal((survived, survived < steps ? Killed : 0), (survived, peer.ExitCode));
            scene.Check(survived);
        }
    }

    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 6)]
    public async Task An_append_killed_at_any_step_is_whole_or_not_there(bool full, int steps)
    {
        for (var survived = 0; survived <= steps; survived++)
        {
            using var scene = new Scene(full);
            var before = scene.Log.ReadAll().Count;
            var peer = await PeerProcess.RunAsync(Limit, "append", Argument(scene.Log.First), full ? Argument(scene.Log.Last) : "-", "1000", $"{survived}");
            Assert.Equal((survived, survived < steps ? Killed : 0), (survived, peer.ExitCode));

            Assert.Equal(RecoverResult.Nothing, CorpusLog.Recover(scene.Log.First, scene.Log.Open));
            var all = scene.Log.ReadAll();
            Assert.Equal(before + (survived >= steps - 1 ? 1 : 0), all.Count);
            if (all.Count > before) Assert.Equal(Enumerable.Repeat((byte)0x5A, 1000), all[^1].Payload);
            scene.CheckThatTheNextWriterGoesOn(all.Count);
        }
    }

    private static string Argument(ShMem segment) => $"{segment.Id}/{segment.Length}";

    /// <summary>A worker's segments before a claim of an input whose map is ready.</summary>
    private sealed class Scene : IDisposable
    {
        private static readonly byte[] Input = [.. Enumerable.Range(0, 1000).Select(i => (byte)i)];

        private readonly StdShMemProvider _provider = new();
        private readonly CoverageBoard _board;
        private readonly ProcessMemory _process;
        private readonly int _before;

        public Scene(bool full)
        {
            BoardSegment = _provider.Create(CoverageBoard.SizeFor(Edges));
            _board = CoverageBoard.Create(BoardSegment, BoardFixture.Identity, Edges);
            ProcessSegment = _provider.Create(ProcessMemory.SizeFor(Edges));
            _process = ProcessMemory.Create(ProcessSegment, Edges);
            foreach (var edge in HitEdges) _process.Map.Counters[edge] = 1;
            Input.CopyTo(_process.Inputs.Begin(Input.Length));
            _process.Inputs.Commit(Input.Length);
            Log = new LogFixture(_provider);
            using (var writer = CorpusLogWriter.Create(Log.First, 0))
                for (var i = 0; i < (full ? 3 : 1); i++) writer.Append(RecordKind.Entry, new byte[1000], default, default);
            _before = full ? 3 : 1;
            if (full) Log.NewSegment();
        }

        public ShMem BoardSegment { get; }

        public ShMem ProcessSegment { get; }

        public LogFixture Log { get; }

        /// <summary>What the broker does and finds after the death.</summary>
        public void Check(int survived)
        {
            // An observer may look before the recovery: it sees nothing torn either.
            Assert.All(Log.ReadAll().Skip(_before), r => Assert.Equal(Input, r.Payload));
            CorpusLog.Recover(Log.First, Log.Open);
            Assert.Equal(RecoverResult.Nothing, CorpusLog.Recover(Log.First, Log.Open));
            var all = Log.ReadAll();
            Assert.InRange(all.Count, _before, _before + 1);
            var known = _board.EdgesFound(BoardKind.Queue);
            Assert.Equal(HitEdges.Count(e => _board.Buckets(BoardKind.Queue)[e] == 1), known);
            if (known > 0) Assert.True(all.Count > _before, $"The board knows {known} edges after {survived} steps, without an entry.");
            if (all.Count > _before) Assert.Equal(Input, all[^1].Payload);
            CheckThatTheNextWriterGoesOn(all.Count);
        }

        public void CheckThatTheNextWriterGoesOn(int count)
        {
            using (var writer = Log.Writer(2))
            {
                Assert.Equal(count, writer.Count);
                // A broker gives the same next segment again if the writer died before it began it.
                if (writer.Segment == 0 && !Log.Last.Id.Equals(Log.First.Id)) writer.SetNext(Log.Last);
                Assert.True(writer.Append(RecordKind.Entry, new byte[1500], default, default));
            }

            Assert.Equal(1500, Log.ReadAll()[count].Payload.Length);
        }

        public void Dispose()
        {
            Log.Dispose();
            _process.Dispose();
            ProcessSegment.Dispose();
            _board.Dispose();
            BoardSegment.Dispose();
        }
    }
}
