using System.Diagnostics;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Mutators;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// Pick an entry, make some children of it, run each, judge its map against the board, claim what is new: until told to stop. One thread. An execution
/// that brings nothing new allocates nothing, takes no lock and makes no system call of ours.
/// </summary>
internal sealed class FuzzLoop(PreparedTarget target, CoverageBoard board, SlotLog log, SlotState state, SharedCorpus corpus, Scheduler scheduler,
    Mutator mutator, FindingSource source, long startTick, Rng rng)
{
    /// <summary>An execution that takes this long costs so much of the campaign that its parent is shunned like one whose child killed a worker.</summary>
    private static readonly long Slow = Stopwatch.Frequency / 10;

    private static readonly long TicksPerMillisecond = Stopwatch.Frequency / 1000;

    /// <summary>What one run of an entry may have cost where it was found for this worker to run it before it is picked.</summary>
    private const long CheapNanoseconds = 10_000_000;

    private readonly ProcessMemory _memory = target.Memory;
    private readonly ChildBatch _batch = new(corpus, mutator);
    private readonly KeptMemory _kept = new();
    private readonly Trimmer _trimmer = new(target.Memory, board, target.Run, TimeProvider.System);
    private readonly HashSet<string> _missing = [];
    private Rng _rng = rng;
    private bool _mapIsClear;

    /// <summary>When the last child had run, or had been judged if that took long, or the batch was made; in milliseconds.</summary>
    private long _since;

    /// <summary>Runs until the flag is set, which is looked at before every execution, or the target has kept too much memory.</summary>
    /// <param name="stop">The flag.</param>
    /// <param name="takeNews">Takes up newly announced logs; called before each pick.</param>
    /// <returns>True where another process is to go on; the last checkpoint is this moment's.</returns>
    public bool Run(StopFlag stop, Action takeNews)
    {
        if (state.Restore(corpus, source.Generation) is { } random)
        {
            _rng = random;
            takeNews();
            corpus.Drain();
            ObserveCheap(stop);
        }

        while (!stop.IsSet)
        {
            takeNews();
            log.TakeNext();
            corpus.Drain();
            if (corpus.Count == 0)
            {
                // The seeds' log comes with the first announcements, so this is a matter of milliseconds.
                stop.WaitForNews();
                continue;
            }

            Work(scheduler.Pick(ref _rng), stop);
            if (state.SaveNowAndThen(corpus, scheduler, _rng) && _kept.IsTooMuch()) return true;
        }

        return false;
    }

    /// <summary>
    /// The worker before this one in its slot knew what the entries hit. One run each tells it anew; what is slow to run waits until it is picked. So does what
    /// has killed: it may be the entry itself, which a process so young, whose code is not optimised yet and takes more of the stack, dies of each time.
    /// </summary>
    private void ObserveCheap(StopFlag stop)
    {
        for (var entry = 0; entry < corpus.Count && !stop.IsSet; entry++)
        {
            TakeKills(entry);
            if (!scheduler.IsObserved(entry) && corpus.KnownKills(entry) == 0 && corpus[entry].Info.ExecutionNanoseconds < CheapNanoseconds) Observe(entry);
        }
    }

    /// <summary>The generator as it stands: a copy makes the inputs of the next <see cref="Work"/> once more.</summary>
    public Rng Random => _rng;

    /// <summary>Runs children of an entry, as many as the scheduler gives it, and the entry itself where this worker has not.</summary>
    public void Work(int entry, StopFlag stop)
    {
        var hasKilled = TakeKills(entry);
        if (!scheduler.IsObserved(entry))
        {
            // Perhaps by itself: not before its turn comes again, which now is later.
            if (hasKilled) return;
            Observe(entry);
        }

        _memory.Parent = corpus[entry].Address;
        // Perhaps it was cleared long ago, and a thread that the target left running has counted since.
        _mapIsClear = false;
        for (var energy = scheduler.Energy(entry); energy > 0 && !stop.IsSet; energy -= _batch.Count)
        {
            _memory.Phase = ProcessPhase.Mutating;
            _batch.Make(entry, energy, ref _rng);
            // Who stops here has no execution under way.
            _memory.Phase = ProcessPhase.Idle;
            _since = Environment.TickCount64;
            for (var child = 0; child < _batch.Count && !stop.IsSet; child++)
            {
                if (!RunChild(entry, _batch[child], _batch.OperationsOf(child))) return;
            }
        }
    }

    /// <summary>Lets the scheduler know of kills that are charged to the entry.</summary>
    /// <returns>Whether there were new ones.</returns>
    private bool TakeKills(int entry)
    {
        var kills = corpus.TakeKills(entry);
        for (var kill = 0; kill < kills; kill++) scheduler.ChildKilled(entry);
        return kills > 0;
    }

    /// <summary>Runs an entry as it is, so that this worker knows its time and its edges.</summary>
    private void Observe(int entry)
    {
        var record = corpus[entry];
        _memory.Parent = record.Address;
        record.Payload.CopyTo(_memory.Inputs.Begin(record.Payload.Length));
        var input = _memory.Inputs.Commit(record.Payload.Length);
        var start = Stopwatch.GetTimestamp();
        target.Run(input);
        var elapsed = Stopwatch.GetElapsedTime(start);
        scheduler.Observe(entry, _memory.Map.Counters, (long)elapsed.TotalNanoseconds);
        _memory.Phase = ProcessPhase.Idle;
    }

    /// <summary>The broker reads of a process that died in the ring what it ran. The target gets the batch's own copy, which the caches hold; the ring's need not be waited for.</summary>
    /// <returns>False when the entry should be left for now.</returns>
    private bool RunChild(int entry, ReadOnlySpan<byte> input, MutationOps operations)
    {
        _memory.Phase = ProcessPhase.Mutating;
        input.CopyTo(_memory.Inputs.Begin(input.Length));
        _memory.Inputs.Commit(input.Length);
        var exception = _mapIsClear ? target.RunOnClearMap(input) : target.Run(input);
        // The clock of some milliseconds: reading the precise one, which waits for all that the processor has begun, takes a hundredth of the loop's time.
        var now = Environment.TickCount64;
        var elapsed = (now - _since) * TicksPerMillisecond;
        _since = now;

        _mapIsClear = exception is null && board.ClearIfKnown(_memory.Map, BoardKind.Queue);
        if (!_mapIsClear)
        {
            if (exception is not null) Judge(entry, input, exception, elapsed, operations);
            else ClaimEntry(entry, input, elapsed, operations);
            _since = Environment.TickCount64;
        }

        _memory.Phase = ProcessPhase.Idle;
        // Where others have filled the memory, its further children would fare no better.
        if (elapsed <= Slow) return exception is not OutOfMemoryException || !KeptMemory.IsHalfInUse();
        scheduler.ChildKilled(entry);
        return false;
    }

    private void ClaimEntry(int entry, ReadOnlySpan<byte> input, long elapsed, MutationOps operations)
    {
        var shortened = _trimmer.Trim(input, elapsed, (thrower, exception, took) => Judge(entry, thrower, exception, took, operations));
        _memory.Phase = ProcessPhase.Claiming;
        if (log.Claim(board, _memory.Map, BoardKind.Queue, shortened, [], Info(entry, _trimmer.Elapsed, operations))) scheduler.ChildFound(entry);
    }

    private void Judge(int entry, ReadOnlySpan<byte> input, Exception exception, long elapsed, MutationOps operations)
    {
        if (exception is MissingDependencyException { FileName: { } assembly })
        {
            // It says nothing of the input, whose edges stay unclaimed: another may fail there by itself. Once of each assembly is enough.
            if (!_missing.Contains(assembly) && log.Tell(input, Details(exception), Info(entry, elapsed, operations))) _missing.Add(assembly);
        }
        else if (board.Compare(_memory.Map, BoardKind.Crash) != BoardVerdict.None)
        {
            // While the phase is that the target runs: making the report runs code of it (its exception's Message).
            var details = Details(exception);
            _memory.Phase = ProcessPhase.Claiming;
            log.Claim(board, _memory.Map, BoardKind.Crash, input, details, Info(entry, elapsed, operations));
        }
    }

    private byte[] Details(Exception exception) => Finding.From(exception, target.Names.Value, source).ToJson();

    private RecordInfo Info(int entry, long elapsed, MutationOps operations) => new()
    {
        Parent = corpus[entry].Address,
        ExecutionNanoseconds = elapsed * (1_000_000_000 / Stopwatch.Frequency),
        Executions = _memory.Executions,
        Milliseconds = Environment.TickCount64 - startTick,
        Edges = _memory.Map.CountHit(),
        Operations = (int)operations,
    };
}
