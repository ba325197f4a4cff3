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
/// Pick an entry, mutate it in place, run it, judge its map against the board, claim what is new: until told to stop. One thread. An execution that
/// brings nothing new allocates nothing, takes no lock and makes no system call of ours.
/// </summary>
internal sealed class FuzzLoop(PreparedTarget target, CoverageBoard board, SlotLog log, SlotState state, SharedCorpus corpus, Scheduler scheduler,
    Mutator mutator, FindingSource source, long startTick, Rng rng)
{
    /// <summary>An execution that takes this long costs so much of the campaign that its parent is shunned like one whose child killed a worker.</summary>
    private static readonly long Slow = Stopwatch.Frequency / 10;

    /// <summary>What one run of an entry may have cost where it was found for this worker to run it before it is picked.</summary>
    private const long CheapNanoseconds = 10_000_000;

    private readonly ProcessMemory _memory = target.Memory;
    private readonly KeptMemory _kept = new();
    private readonly Trimmer _trimmer = new(target.Memory, board, target.Run, TimeProvider.System);
    private readonly HashSet<string> _missing = [];
    private Rng _rng = rng;
    private bool _mapIsClear;

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

    private void Work(int entry, StopFlag stop)
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
        for (var energy = scheduler.Energy(entry); energy > 0 && !stop.IsSet; energy--)
        {
            if (!MutateAndRun(entry)) return;
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

    /// <returns>False when the entry should be left for now.</returns>
    private bool MutateAndRun(int entry)
    {
        _memory.Phase = ProcessPhase.Mutating;
        var parent = corpus[entry].Payload;
        var room = _memory.Inputs.Begin(InputRoom.For(parent.Length, ref _rng));
        parent.CopyTo(room);
        var other = corpus[_rng.NextBelow(corpus.Count)].Payload;
        var length = mutator.Mutate(room, parent.Length, other, ref _rng, out var operations);
        var input = _memory.Inputs.Commit(length);

        var start = Stopwatch.GetTimestamp();
        var exception = _mapIsClear ? target.RunOnClearMap(input) : target.Run(input);
        var elapsed = Stopwatch.GetTimestamp() - start;

        _mapIsClear = exception is null && board.ClearIfKnown(_memory.Map, BoardKind.Queue);
        if (exception is not null) Judge(entry, input, exception, elapsed, operations);
        else if (!_mapIsClear) ClaimEntry(entry, input, elapsed, operations);

        _memory.Phase = ProcessPhase.Idle;
        // Where others have filled the memory, its further children would fare no better.
        if (elapsed <= Slow) return exception is not OutOfMemoryException || !KeptMemory.IsHalfInUse();
        scheduler.ChildKilled(entry);
        return false;
    }

    private void ClaimEntry(int entry, ReadOnlySpan<byte> input, long elapsed, MutationOps operations)
    {
        var shortened = _trimmer.Trim(input, elapsed, (thrower, exception) => Judge(entry, thrower, exception, elapsed, operations));
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
