using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.Logging;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>What the fuzzer contributes to the supervisor of its workers. Called on the supervisor's thread; <see cref="Workers"/> is read by others.</summary>
internal sealed class FuzzApplication(ShMemProvider provider, BrokerSegments segments, WorkerPayload payload, int edges, TimeSpan limit,
    ShMemDescription board, ShMemDescription seedLog, Action<DeathCase> died, Action<string> failed, Func<long> milliseconds, ILogger<FuzzApplication> log) : IWorkerApplication, IDisposable
{
    /// <summary>Entries of the corpus whose state fits an area of a checkpoint; of a larger one it goes into a segment of its own. Pages that are not used take no memory.</summary>
    private const int CheckpointEntries = 1 << 15;

    /// <summary>
    /// What fails by a fault of our own program after so long in its slot has worked: another takes over at once. As long as the longest wait after an early death, so that no
    /// slot starts its workers faster for that.
    /// </summary>
    internal const long WorkedMilliseconds = 10_000;

    private static readonly TimeSpan FirstExecution = TimeSpan.FromSeconds(10);

    private readonly ConcurrentDictionary<long, LiveWorker> _workers = new();
    private readonly ConcurrentDictionary<int, SlotMemory> _slots = new();
    private readonly byte[] _payload = payload.ToBytes();
    private readonly HashSet<int> _damaged = [];

    /// <summary>Slots whose last claim is still to be finished: something that may pass was in the way.</summary>
    private readonly HashSet<int> _unrecovered = [];
    private long _executionsOfTheDead;
    private long _deaths;
    private volatile bool _isStopping;

    /// <summary>A slot's log was made: every process may read it. Raised on the supervisor's thread.</summary>
    public event Action<NamedSegment>? LogCreated;

    /// <summary>The processes that live.</summary>
    public IEnumerable<LiveWorker> Workers => _workers.Values;

    /// <summary>Processes that died, for whatever reason of theirs or because of what they ran.</summary>
    public long Deaths => Interlocked.Read(ref _deaths);

    /// <summary>Executions of all workers, living and dead.</summary>
    public long Executions => Interlocked.Read(ref _executionsOfTheDead) + _workers.Values.Sum(w => w.Executions);

    /// <summary>A process that lives; null once it is gone.</summary>
    public LiveWorker? Find(long processNumber) => _workers.GetValueOrDefault(processNumber);

    /// <summary>From now on an end is no death, unless the target had the thread: the broker brings the others about.</summary>
    public void BeginStop() => _isStopping = true;

    /// <inheritdoc/>
    public ShMem CreateProcessSegment(long processNumber)
    {
        // Not leased: it lives exactly as long as the process, and the supervisor owns it.
        var segment = provider.Create(ProcessMemory.SizeFor(edges));
        _workers[processNumber] = new LiveWorker(processNumber, ProcessMemory.Create(segment, edges), new ProgressWatch(limit, limit + FirstExecution));
        return segment;
    }

    /// <inheritdoc/>
    public void ProcessNotStarted(long processNumber)
    {
        if (_workers.TryRemove(processNumber, out var worker)) worker.End().Dispose();
    }

    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Payload(long processNumber) => _payload;

    /// <inheritdoc/>
    public ImmutableArray<NamedSegment> Segments() =>
    [
        new NamedSegment(SegmentNames.Board, NamedSegment.NoSlot, board),
        new NamedSegment(SegmentNames.Log, SegmentNames.SeedSlot, seedLog),
        .. _slots.Values.Select(slot => slot.FirstLog),
    ];

    /// <inheritdoc/>
    public SlotSegments OpenSlot(int slot, int generation, long processNumber)
    {
        if (_unrecovered.Remove(slot) && !Recover(slot, out var refused)) throw refused;
        if (_damaged.Contains(slot))
        {
            throw new ShMemException(ShMemError.Invalid, $"go on in slot {slot}", "a worker's target has damaged its log",
                "Find out what writes where it may not: --guard may tell.");
        }

        if (!_slots.TryGetValue(slot, out var memory))
        {
            _slots[slot] = memory = SlotMemory.Create(segments, slot, SlotState.SizeFor(CheckpointEntries));
            LogCreated?.Invoke(memory.FirstLog);
        }

        var worker = _workers[processNumber];
        (worker.Slot, worker.Generation, worker.ExecutionsBefore, worker.SlotSince) = (slot, generation, worker.Executions, milliseconds());
        return memory.Segments;
    }

    /// <inheritdoc/>
    public ShMemDescription NextSegment(int slot, int sequence) => _slots[slot].Next(segments, sequence);

    /// <inheritdoc/>
    public ShMemDescription CheckpointSegment(int slot, int area, int size) => _slots[slot].Larger(segments, area, size);

    /// <inheritdoc/>
    public string? KindOf(WorkerExit how) => how.Cause == WorkerExitCause.Own && !(_isStopping && how.ExitCode == ExitCodes.Success)
        ? DeathParser.Parse(new ProcessEnd(how.ExitCode), how.Stderr, TargetTypeNames.None).Kind.ToString()
        : null;

    /// <inheritdoc/>
    public ProcessVerdict ProcessGone(WorkerGone gone)
    {
        _workers.TryRemove(gone.Holder.ProcessNumber, out var worker);
        using var memory = worker!.End();
        var executions = memory.Executions;
        Interlocked.Add(ref _executionsOfTheDead, executions);
        if (gone.Slot is { } slot) Recover(slot, out _);
        // A worker that stops as it was asked to stops between two executions.
        if (_isStopping && memory.Phase == ProcessPhase.Idle) return ProcessVerdict.AfterFirstExecution;
        if (memory.Phase == ProcessPhase.Restarting)
        {
            log.Restarted(gone.Slot ?? -1, executions);
            return ProcessVerdict.AfterFirstExecution;
        }

        var isOurs = gone.Exit.KilledFor is not (null or KillReasons.Hang or KillReasons.Memory);
        if (_isStopping && isOurs) return ProcessVerdict.AfterFirstExecution;
        Interlocked.Increment(ref _deaths);
        var failure = FailureOf(gone.Exit);
        if (failure is not null)
        {
            log.WorkerFailed(gone.Slot ?? -1, failure);
            failed(failure);
        }

        // A death within the first execution is the input's doing as well: the phase says whether the target had the thread.
        var hasRun = executions > 0 || memory.Phase != ProcessPhase.Idle;
        if (hasRun && !isOurs && failure is null)
        {
            died(new DeathCase(gone.Exit, memory.Inputs.CopyInputs(),
                new FindingSource(gone.Slot ?? -1, gone.Generation, (int)gone.Holder.ProcessNumber), memory.Parent, Executions, milliseconds())
            {
                // In any other phase the execution has ended just before its process, and its map may be cleared.
                HangMap = gone.Exit.KilledFor == KillReasons.Hang && memory.Phase == ProcessPhase.Running ? new MapCopy(memory.Map) : null,
            });
        }

        // What it ran to become warm says nothing of the slot: whatever is wrong with that would end each successor as well, at once.
        if (executions == worker.ExecutionsBefore && memory.Phase == ProcessPhase.Idle) return ProcessVerdict.BeforeFirstExecution;
        return failure is null || milliseconds() - worker.SlotSince >= WorkedMilliseconds ? ProcessVerdict.AfterFirstExecution : ProcessVerdict.Failed;
    }

    public void Dispose()
    {
        foreach (var slot in _slots.Values) slot.Dispose();
        foreach (var worker in _workers.Values) worker.End().Dispose();
    }

    /// <summary>What a worker that has failed by a fault of our own program says of it; else null. Memory that runs out in our own code its target has filled.</summary>
    private static string? FailureOf(WorkerExit exit) =>
        FailureReport.Of(exit) is { } failure && !failure.Contains(nameof(OutOfMemoryException), StringComparison.Ordinal) ? failure : null;

    /// <summary>To a log that the target has damaged nobody can write any more: the slot gives up. Anything else is tried again when the slot is given to somebody.</summary>
    private bool Recover(int slot, [NotNullWhen(false)] out ShMemException? refused)
    {
        try
        {
            _slots[slot].Recover(segments);
            refused = null;
            return true;
        }
        catch (ShMemException failed)
        {
            (failed.Error == ShMemError.Invalid ? _damaged : _unrecovered).Add(slot);
            log.LogNotRecovered(slot, failed);
            refused = failed;
            return false;
        }
    }
}
