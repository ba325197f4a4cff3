using System.Collections.Concurrent;
using System.Collections.Immutable;
using Akka.Actor;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Slots;

namespace Shmem.Samples.BabyFuzzer;

/// <summary>What the broker gives its workers, and what it does when one is gone.</summary>
/// <param name="provider">Opens what the actor has created.</param>
/// <param name="leases">The actor that owns the campaign's segments and knows who holds which.</param>
internal sealed class BabyApplication(ShMemProvider provider, IActorRef leases) : IWorkerApplication, IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(10);

    // The broker is process 0 of its campaign.
    private readonly HolderId _broker = HolderId.Of(0, Environment.ProcessId);
    private readonly ConcurrentDictionary<int, (ShMem Log, ShMem Checkpoint)> _slots = new();
    private readonly List<ShMem> _segments = [];
    private ShMem? _boardSegment;

    /// <summary>A slot's log was made, which every worker may read.</summary>
    public event Action<NamedSegment>? LogCreated;

    /// <summary>A worker died of an input.</summary>
    public event Action<byte[], WorkerExit>? Crashed;

    /// <summary>What all workers together have reached.</summary>
    public CoverageBoard Board { get; private set; } = null!;

    /// <summary>Makes the board; called once, before the first worker is started.</summary>
    public void CreateBoard()
    {
        _boardSegment = Create(CoverageBoard.SizeFor(BabyTarget.Edges), "board");
        Board = CoverageBoard.Create(_boardSegment, BabyTarget.Identity, BabyTarget.Edges);
    }

    /// <summary>What has been found so far.</summary>
    public IEnumerable<byte[]> Corpus()
    {
        foreach (var (log, _) in _slots.Values)
        {
            using var reader = new CorpusLogReader(log, next => provider.Open(next));
            while (reader.TryRead(out var entry)) yield return entry.Payload.ToArray();
        }
    }

    /// <summary>Map, inputs and counters of one process. The supervisor disposes it when the process is gone.</summary>
    public ShMem CreateProcessSegment(long processNumber)
    {
        var segment = provider.Create(ProcessMemory.SizeFor(BabyTarget.Edges));
        ProcessMemory.Create(segment, BabyTarget.Edges).Dispose();
        return segment;
    }

    public ReadOnlyMemory<byte> Payload(long processNumber) => default;

    public ImmutableArray<NamedSegment> Segments() =>
    [
        new NamedSegment("board", NamedSegment.NoSlot, _boardSegment!.Description),
        .. _slots.Select(slot => new NamedSegment("log", slot.Key, slot.Value.Log.Description)),
    ];

    /// <summary>A slot's log and checkpoint are made once; each worker that dies leaves them to its successor.</summary>
    public SlotSegments OpenSlot(int slot, int generation, long processNumber)
    {
        if (!_slots.TryGetValue(slot, out var segments))
        {
            segments = (Create(CorpusLog.DefaultSegment, "log"), Create(SlotCheckpoint.SizeFor(1024), "checkpoint"));
            CorpusLogWriter.Create(segments.Log, slot).Dispose();
            SlotCheckpoint.Create(segments.Checkpoint, 1024).Dispose();
            _slots[slot] = segments;
            LogCreated?.Invoke(new NamedSegment("log", slot, segments.Log.Description));
        }

        return new SlotSegments(segments.Log.Description, segments.Checkpoint.Description);
    }

    public ShMemDescription NextSegment(int slot, int sequence) => throw new ShMemException(ShMemError.Unsupported, $"give slot {slot} another segment",
        "a log has one here", "Write less.");

    /// <summary>Its claim is finished for it, and its last input is what it died of. (It may have been an earlier one: a fuzzer to be trusted runs them again.)</summary>
    public ProcessVerdict ProcessGone(WorkerGone gone)
    {
        using var memory = ProcessMemory.Open(gone.Segment);
        if (gone.Slot is { } slot) CorpusLog.Recover(_slots[slot].Log, next => provider.Open(next));
        if (memory.Executions == 0) return ProcessVerdict.BeforeFirstExecution;
        if (gone.Exit is { Cause: WorkerExitCause.Own, ExitCode: not 0 }) Crashed?.Invoke(memory.Inputs.CopyInputs()[0].Bytes, gone.Exit);
        return ProcessVerdict.AfterFirstExecution;
    }

    public void Dispose()
    {
        Board.Dispose();
        foreach (var segment in _segments) segment.Dispose();
    }

    private ShMem Create(long size, string purpose)
    {
        var answer = leases.Ask<object>(new CreateSegment(size, _broker, purpose), Limit).GetAwaiter().GetResult();
        if (answer is not SegmentCreated created) throw new InvalidOperationException($"{answer}");
        var segment = provider.Open(created.Segment);
        _segments.Add(segment);
        return segment;
    }
}
