using System.Collections.Immutable;
using System.Diagnostics;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Mutators;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>The hidden command <c>worker</c>: joins the campaign, loads the target, and fuzzes in the slot that it is given.</summary>
internal sealed class WorkerProgram : IWorkerHandler
{
    /// <summary>Seeds that a spare runs before it calls itself warm: enough for the JIT to have met the target.</summary>
    private const int WarmUpSeeds = 16;

    private readonly ShMemProvider _provider = new StdShMemProvider();
    private readonly StopFlag _stop = new();
    private readonly TaskCompletionSource<SlotAssigned> _slot = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _gate = new();
    private readonly List<NamedSegment> _announced = [];
    private volatile bool _hasNews;
    private SlotLog? _log;
    private SlotState? _state;

    /// <summary>Runs until the broker says stop; any other end is a death, which the broker sees.</summary>
    public static async Task<int> RunAsync()
    {
        var host = WorkerHost.Start();
        var payload = WorkerPayload.FromBytes(host.Bootstrap.Payload.Span);
        // Before anything is created: its name would be in a campaign of this process alone.
        payload.Join();
        return await new WorkerProgram().RunAsync(host, payload).ConfigureAwait(false);
    }

    /// <inheritdoc/>
    public void Joined(WorkerConnection connection, ImmutableArray<NamedSegment> segments)
    {
        foreach (var segment in segments) SegmentAnnounced(segment);
    }

    /// <inheritdoc/>
    public void SegmentAnnounced(NamedSegment segment)
    {
        lock (_gate) _announced.Add(segment);
        _hasNews = true;
        _stop.Tell();
    }

    /// <inheritdoc/>
    public void SlotAssigned(SlotAssigned slot) => _slot.TrySetResult(slot);

    /// <inheritdoc/>
    public void NextSegmentGranted(NextSegmentGranted granted) => Volatile.Read(ref _log)?.Grant(granted);

    /// <inheritdoc/>
    public void CheckpointSegmentGranted(CheckpointSegmentGranted granted) => Volatile.Read(ref _state)?.Grant(granted);

    /// <inheritdoc/>
    public void Refused(RequestRefused refusal) => Volatile.Read(ref _log)?.Refuse();

    /// <inheritdoc/>
    public void StopRequested(TimeSpan grace)
    {
        _stop.Set();
        _slot.TrySetCanceled();
    }

    private async Task<int> RunAsync(WorkerHost host, WorkerPayload payload)
    {
        // While the connection is made the target loads.
        var joining = host.JoinAsync(this);
        var target = PreparedTarget.Load(_provider.Open(host.Bootstrap.Segment), payload);
        var mutator = new Mutator(payload.Dictionary is null ? TokenDictionary.Empty : TokenDictionary.Load(payload.Dictionary));
        var scheduler = new Scheduler(target.Memory.Map.Edges);
        var segments = new WorkerSegments(_provider);
        var corpus = new SharedCorpus(segments, scheduler);
        var connection = await joining.ConfigureAwait(false);

        // A thread of its own, since the target's stack has the size that the user gave.
        var fuzzing = TargetThread.RunAsync(payload.Target.StackSize, () =>
        {
            using var board = OpenBoard(target.Identity, segments);
            FollowNews(corpus);
            WarmUp(target, corpus);
            connection.ReportReady();
            if (WaitForSlot() is not { } slot) return;
            using var segment = segments.OpenPatiently(slot.Log);
            // The broker laid the log out as generation 0; ours counts from 1.
            using var writer = CorpusLogWriter.Open(segment, slot.Generation + 1, segments.OpenPatiently);
            var log = new SlotLog(writer, segments, sequence => connection.RequestNextSegment(slot.Slot, slot.Generation, sequence),
                () => Environment.TickCount64);
            Volatile.Write(ref _log, log);
            using var checkpointSegment = segments.OpenPatiently(slot.Checkpoint);
            using var checkpoint = SlotCheckpoint.Open(checkpointSegment);
            var source = new FindingSource(slot.Slot, slot.Generation, (int)host.Holder.ProcessNumber);
            var rng = new Rng(payload.RandomSeed ^ ((ulong)slot.Slot << 48) ^ ((ulong)slot.Generation << 24));
            var state = new SlotState(checkpoint, segments,
                (area, size) => connection.RequestCheckpointSegment(slot.Slot, slot.Generation, area, size), () => Environment.TickCount64);
            Volatile.Write(ref _state, state);
            var loop = new FuzzLoop(target, board, log, state, corpus, scheduler, mutator, source, payload.StartTick, rng);
            if (!loop.Run(_stop, () => FollowNews(corpus))) return;
            // An ordinary end would wait for the target's threads and run its exit handlers. No OnRestart: the last checkpoint is written, and this process holds nothing
            // but the broker's segments, which the broker keeps for whoever comes next.
            target.Memory.Phase = ProcessPhase.Restarting;
            Process.GetCurrentProcess().Kill();
        });
        await fuzzing.ConfigureAwait(false);
        connection.ReportStopped();
        return 0;
    }

    private CoverageBoard OpenBoard(MapIdentity identity, WorkerSegments segments)
    {
        NamedSegment named;
        lock (_gate) named = _announced.Find(s => s.Name == SegmentNames.Board) ?? throw new InvalidDataException("The broker announced no board.");
        using var segment = segments.OpenPatiently(named.Description);
        return CoverageBoard.Open(segment, identity);
    }

    /// <summary>Called before each pick: takes no lock and allocates nothing while there is no news.</summary>
    private void FollowNews(SharedCorpus corpus)
    {
        if (!_hasNews) return;
        _hasNews = false;
        lock (_gate)
        {
            foreach (var segment in _announced)
                if (segment.Name == SegmentNames.Log) corpus.Follow(segment.Description);
            _announced.Clear();
        }
    }

    private static void WarmUp(PreparedTarget target, SharedCorpus corpus)
    {
        corpus.Drain();
        for (var entry = 0; entry < Math.Min(corpus.Count, WarmUpSeeds); entry++)
        {
            // What has killed before would kill every spare.
            if (corpus[entry].Kills > 0) continue;
            target.Memory.Parent = corpus[entry].Address;
            var seed = corpus[entry].Payload;
            seed.CopyTo(target.Memory.Inputs.Begin(seed.Length));
            target.Run(target.Memory.Inputs.Commit(seed.Length));
        }

        // A spare waits for a slot for as long as nobody dies, and who waits in an execution is taken for one that hangs.
        target.Memory.Phase = ProcessPhase.Idle;
    }

    private SlotAssigned? WaitForSlot()
    {
        while (true)
        {
            try
            {
                return _slot.Task.GetAwaiter().GetResult();
            }
            catch (OperationCanceledException)
            {
                return null;
            }
            catch (ThreadInterruptedException)
            {
                // The target has interrupted its own thread, which did not wait then.
            }
        }
    }
}
