using System.Collections.Concurrent;
using System.Collections.Immutable;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Slots;

namespace Shmem.Tests.Workers;

/// <summary>A broker's application whose workers are Shmem.Tests.Peer's verb <c>worker</c>; it writes down in which order it was called.</summary>
internal sealed class TestApplication : IWorkerApplication, IDisposable
{
    /// <summary>By which a worker ends that has failed.</summary>
    private const int FailureCode = 77;

    private readonly StdShMemProvider _provider = new();
    private readonly ShMem _shared = new StdShMemProvider().Create(4096);

    private readonly ConcurrentQueue<ShMem> _checkpoints = new();

    /// <summary>Of slot 0. What is larger than its areas goes into a segment of its own.</summary>
    private readonly ShMem _checkpoint = new StdShMemProvider().Create(SlotCheckpoint.SizeFor(200));

    private readonly Dictionary<int, long> _holders = [];

    public TestApplication() => SlotCheckpoint.Create(_checkpoint, 200).Dispose();

    public ConcurrentQueue<string> Calls { get; } = new();

    /// <summary>The processes of which it was told that they are gone.</summary>
    public ConcurrentQueue<long> Gone { get; } = new();

    /// <summary>A view of each process's segment, which lives on when the supervisor has freed its own.</summary>
    public ConcurrentDictionary<long, ShMem> Segments { get; } = new();

    /// <summary>What opening a slot meets; null for nothing.</summary>
    public Exception? OpenSlotFails { get; init; }

    /// <summary>What the question for a process's payload meets; null for nothing.</summary>
    public Exception? PayloadFails { get; init; }

    /// <summary>The number of the process whose segment the system refuses; 0 for none.</summary>
    public long SegmentRefusedTo { get; init; }

    /// <summary>What every process may open; null for the one segment that there is.</summary>
    public ImmutableArray<NamedSegment>? AllSegments { get; init; }

    /// <summary>Whether the next question for a segment of a log meets a bug.</summary>
    public bool NextSegmentFails { get; init; }

    /// <summary>The member that meets a bug from now on, of those that a death leads to; null for none.</summary>
    public string? BugAt { get; set; }

    public ShMem CreateProcessSegment(long processNumber)
    {
        if (processNumber == SegmentRefusedTo) throw new ShMemException(ShMemError.LimitReached, "create the segment", "/dev/shm is full", "Make room.");
        var segment = _provider.Create(4096);
        Segments[processNumber] = _provider.Open(segment.Description);
        return segment;
    }

    public void ProcessNotStarted(long processNumber) => Calls.Enqueue($"{processNumber} was not started");

    public ReadOnlyMemory<byte> Payload(long processNumber) => PayloadFails is { } planted ? throw planted : default;

    ImmutableArray<NamedSegment> IWorkerApplication.Segments() => AllSegments ?? [new("board", NamedSegment.NoSlot, _shared.Description)];

    public SlotSegments OpenSlot(int slot, int generation, long processNumber)
    {
        if (OpenSlotFails is { } planted) throw planted;
        MeetBug(nameof(OpenSlot));
        // A process that was given the slot has written its pid.
        if (_holders.TryGetValue(slot, out var before) && (int)Segments[before].Ref<long>(48) is > 0 and var pid && PeerCommand.Lives(pid))
            Calls.Enqueue($"slot {slot} has two holders: {before} lives");
        _holders[slot] = processNumber;
        Calls.Enqueue($"open slot {slot} generation {generation} for {processNumber}");
        return new SlotSegments(_shared.Description, _checkpoint.Description);
    }

    public ShMemDescription NextSegment(int slot, int sequence) =>
        NextSegmentFails ? throw new InvalidOperationException("planted") : _shared.Description;

    public ShMemDescription CheckpointSegment(int slot, int area, int size)
    {
        var segment = _provider.Create(size);
        _checkpoints.Enqueue(segment);
        return segment.Description;
    }

    public string? KindOf(WorkerExit how)
    {
        MeetBug(nameof(KindOf));
        return how.Cause == WorkerExitCause.Own ? $"kind {how.ExitCode}" : null;
    }

    public ProcessVerdict ProcessGone(WorkerGone gone)
    {
        Gone.Enqueue(gone.Holder.ProcessNumber);
        MeetBug(nameof(ProcessGone));
        if (gone.Exit.Kind != KindOf(gone.Exit)) Calls.Enqueue($"{gone.Holder.ProcessNumber} is gone by {gone.Exit.Kind}");
        Calls.Enqueue($"{gone.Holder.ProcessNumber} is gone from slot {gone.Slot} generation {gone.Generation}");
        if (gone.Exit.ExitCode == FailureCode) return ProcessVerdict.Failed;
        // Still readable: it is freed afterwards.
        return gone.Segment.Ref<long>(0) > 0 ? ProcessVerdict.AfterFirstExecution : ProcessVerdict.BeforeFirstExecution;
    }

    public void Dispose()
    {
        foreach (var segment in Segments.Values) segment.Dispose();
        foreach (var segment in _checkpoints) segment.Dispose();
        _shared.Dispose();
        _checkpoint.Dispose();
    }

    private void MeetBug(string member)
    {
        if (BugAt == member) throw new InvalidOperationException("planted");
    }
}
