using System.ComponentModel;
using Akka.Actor;
using Microsoft.Extensions.Logging;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// Judges deaths, one after another, in a task of its own: the dead worker's last inputs are run again, newest first. What dies then is the finding, and
/// what does not reproduce is kept apart; so it is with exceptions of a key that is new.
/// </summary>
internal sealed class DeathJudge(VerdictRunner runner, CoverageBoard board, FindingDesk desk, UnreproducedInputs unreproduced, ITargetNames names, VerdictLimits limits,
    Func<Backends.Corpus.CorpusAddress?, int?> entryId, Action<string> warn, ILogger<DeathJudge> log)
{
    /// <summary>A part of the time limit alone, which is three times a worker's: an input that takes this part of it is slow by itself.</summary>
    private const int SlowPart = 12;

    private readonly CaseQueue _cases = new();
    private readonly ThrownInputs _thrown = new();
    private int _isBehind;
    private int _areStacksUnread;

    /// <summary>Cases that are kept apart: they did not do again what they had done, or nobody came to see.</summary>
    public int Unreproduced => unreproduced.Cases;

    /// <summary>Those of them that were not run again, or not to their end.</summary>
    public int Unjudged => unreproduced.Unjudged;

    /// <summary>Cases that are not judged yet.</summary>
    public int Waiting => _cases.Waiting;

    /// <summary>A worker died, or was killed because of what it ran.</summary>
    public void Post(DeathCase death)
    {
        if (_cases.TryPost(death.Exit.KilledFor is null ? CaseRank.Died : CaseRank.Killed, stop => JudgeAsync(death, stop))) return;
        using var hang = death.HangMap;
        if (!IsMetAgain(death)) KeepUnjudged(InputsOf(death), From(death));
    }

    /// <summary>
    /// An exception left the target method. Of each key an input is saved that does the same alone, so that it does so again whenever it is replayed: what earlier
    /// executions brought about is kept apart. Where no verdict can be had it is saved as it is, and its line says so. On one thread.
    /// </summary>
    /// <inheritdoc cref="PostOutOfMemory"/>
    /// <exception cref="IOException">It cannot be saved.</exception>
    public void PostThrown(Finding finding, byte[] input, Provenance from, Action settled)
    {
        if (desk.IsKnown(finding.ParsedKey!))
        {
            desk.Count();
            settled();
            return;
        }

        var thrown = new ThrownInput(finding, input, from, settled);
        switch (_thrown.Enter(thrown))
        {
            case ThrownTurn.Judge:
                Judge(thrown);
                break;
            case ThrownTurn.Never when unreproduced.Keep([input], from, isJudged: false):
                settled();
                break;
        }
    }

    /// <summary>
    /// An execution met the memory limit and said so by an exception. Where it asked for the last piece says nothing: it is run under another limit. What earlier
    /// executions kept may have been more than its own share: it must meet an eighth more memory alone, too, so that it does so again whenever it is replayed.
    /// </summary>
    /// <param name="finding">What happened.</param>
    /// <param name="input">By which input.</param>
    /// <param name="from">Where that came from.</param>
    /// <param name="settled">Called once it is on disk, as a finding or unreproduced, or is counted, on whatever thread did so; not at all where it cannot be saved.</param>
    public void PostOutOfMemory(Finding finding, byte[] input, Provenance from, Action settled)
    {
        var isPosted = _cases.TryPost(CaseRank.Thrown, async stop =>
        {
            var isSame = await CouldJudgeAsync(() => RunOutOfMemoryAsync(finding, input, from, stop)).ConfigureAwait(false);
            if (isSame is not true)
            {
                if (isSame is false) log.MemoryNotReproduced(finding.Key);
                if (!unreproduced.Keep([input], from, isSame is not null)) return;
            }

            settled();
        });
        if (!isPosted && KeepUnjudged([input], from)) settled();
    }

    /// <summary>
    /// Saved findings that no line of <c>findings.jsonl</c> names, as a kill between the two leaves one: nobody knows its key. Each gets its line, unless
    /// it does nothing; where another has its key, the line says so. The files stay. Before the first worker starts, who might find the same again.
    /// </summary>
    /// <exception cref="OperationCanceledException">Stopped before all were.</exception>
    public async Task JudgeUnnamedAsync(IEnumerable<string> files, CancellationToken stop)
    {
        foreach (var file in files)
        {
            var isJudged = await IsJudgedAsync(file, stop).ConfigureAwait(false);
            stop.ThrowIfCancellationRequested();
            if (!isJudged) log.UnnamedStays(file);
        }
    }

    /// <summary>Judges until <see cref="Complete"/> was called and nothing is left.</summary>
    /// <param name="late">From then on no run begins; one that has begun comes to its end.</param>
    /// <param name="stop">Ends that, too.</param>
    /// <exception cref="IOException">A finding cannot be saved.</exception>
    /// <exception cref="UnauthorizedAccessException">A finding may not be saved.</exception>
    public Task RunAsync(CancellationToken late, CancellationToken stop) => _cases.RunAsync(late, stop);

    /// <summary>No more cases come.</summary>
    public void Complete() => _cases.Complete();

    /// <summary>On the thread of whoever met it, who cannot be told that it fails: the judge's end tells that.</summary>
    /// <returns>False where it is not on disk.</returns>
    private bool KeepUnjudged(IReadOnlyList<ReadOnlyMemory<byte>> inputs, Provenance from)
    {
        if (Interlocked.Exchange(ref _isBehind, 1) == 0)
            warn($"deaths come faster than they can be judged: where {CaseQueue.Most} wait, {CaseQueue.MostThrown} for an exception or {CaseQueue.MostKilled} for one that met a limit, what comes goes to {unreproduced.FullPath} as it is");
        try
        {
            return unreproduced.Keep(inputs, from, isJudged: false);
        }
        catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
        {
            _cases.Complete(refused);
            return false;
        }
    }

    private async Task JudgeAsync(DeathCase death, CancellationToken stop)
    {
        using var hang = death.HangMap;
        if (IsMetAgain(death)) return;
        var inputs = InputsOf(death);
        var isFinding = inputs.Count > 0 ? await CouldJudgeAsync(() => RunAgainAsync(inputs, death, stop)).ConfigureAwait(false) : false;
        if (isFinding is true) return;
        if (isFinding is false) log.NotReproduced(death.Source.Slot, death.Exit);
        else log.NotJudged(death.Source.Slot, death.Exit);
        unreproduced.Keep(inputs, From(death), isFinding is not null);
    }

    /// <summary>Whether it is a known one for certain, without a run. Any thread.</summary>
    private bool IsMetAgain(DeathCase death)
    {
        // A hang costs its time limit three times over to confirm. One that reached no edge which no confirmed one had is that one again (as AFL has it).
        if (death.HangMap is { } hang && board.Compare(hang.Map, BoardKind.Hang) != BoardVerdict.NewEdges) return Count("a hang");
        if (death.Exit.KilledFor is not null) return false;

        var own = DeathParser.Parse(new ProcessEnd(death.Exit.ExitCode), death.Exit.Stderr, names);
        if (own.Kind == FindingKind.MissingDependency)
        {
            desk.TellOfMissing(Finding.From(own, death.Source));
            return true;
        }

        if (own.IsExpected)
        {
            desk.CountExpected();
            return true;
        }

        // A signal's number is all its key, so that running it again could tell nothing new; but an abort's words may have been cut off.
        if (own is not ({ Frames.Count: > 0 } or { Cycle.Count: > 0 } or { Kind: FindingKind.Signal, End.IsAbort: false })) return false;
        var key = FindingKey.Of(own);
        return desk.IsKnown(key) && Count(key.Text);

        bool Count(string what)
        {
            desk.Count();
            log.MetAgain(what);
            return true;
        }
    }

    private async Task<bool> IsJudgedAsync(string file, CancellationToken stop)
    {
        if (!SeedFolder.TryRead(file, out var input, out _)) return false;
        var death = new DeathCase(new WorkerExit(0, WorkerExitCause.Own, null, ""), [new RecordedInput(1, input)], new FindingSource(-1, 0, 0), null, 0, 0)
        {
            File = file,
        };
        return await CouldJudgeAsync(() => RunAgainAsync(InputsOf(death), death, stop)).ConfigureAwait(false) is true;
    }

    /// <summary>Now or later. Where there is no room to wait, it is saved without a verdict.</summary>
    private void Judge(ThrownInput thrown)
    {
        if (_cases.TryPost(CaseRank.Thrown, stop => JudgeThrownAsync(thrown, stop))) return;
        try
        {
            desk.Take(thrown.Finding, thrown.Bytes, thrown.From, isConfirmed: false);
            thrown.Settled();
        }
        finally
        {
            Left(thrown);
        }
    }

    private async Task JudgeThrownAsync(ThrownInput thrown, CancellationToken stop)
    {
        try
        {
            if (desk.IsKnown(thrown.Finding.ParsedKey!)) desk.Count();
            else if (!await SaveThrownAsync(thrown, stop).ConfigureAwait(false)) return;
            thrown.Settled();
        }
        finally
        {
            Left(thrown);
        }
    }

    /// <returns>False where it is not on disk, there being no room for what is not reproduced.</returns>
    private async Task<bool> SaveThrownAsync(ThrownInput thrown, CancellationToken stop)
    {
        var (finding, input, from) = (thrown.Finding, thrown.Bytes, thrown.From);
        var isSame = await CouldJudgeAsync(() => RunThrownAsync(finding, input, from, stop)).ConfigureAwait(false);
        if (isSame is null) desk.Take(finding, input, from, isConfirmed: false);
        if (isSame is not false) return true;
        log.ThrownNotReproduced(finding.Key, finding.ExceptionType, finding.Message, string.Join(", ", finding.Frames));
        return unreproduced.Keep([input], from, isJudged: true);
    }

    private void Left(ThrownInput thrown)
    {
        var next = _thrown.Leave(thrown.Finding.Key, desk.IsKnown(thrown.Finding.ParsedKey!), out var metAgain);
        foreach (var settled in metAgain)
        {
            desk.Count();
            settled();
        }

        if (next is not null) Judge(next);
    }

    /// <summary>What hung was the newest; what killed may have been an earlier one, by a thread that it left behind.</summary>
    private static List<ReadOnlyMemory<byte>> InputsOf(DeathCase death) =>
        [.. death.Inputs.Take(death.IsHang || death.IsMemory ? 1 : death.Inputs.Count).Select(i => (ReadOnlyMemory<byte>)i.Bytes)];

    /// <returns>Null where no verdict could be had: nothing is lost then, only not confirmed.</returns>
    private async Task<bool?> CouldJudgeAsync(Func<Task<bool?>> judge)
    {
        try
        {
            return await judge().ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            // The campaign ends before the verdict.
        }
        catch (Exception failed) when (failed is ShMemException or Win32Exception or AskTimeoutException)
        {
            log.DeathNotJudged(failed);
        }

        return null;
    }

    private async Task<bool?> RunAgainAsync(List<ReadOnlyMemory<byte>> inputs, DeathCase death, CancellationToken stop)
    {
        var verdict = await RunBelievedAsync(inputs, death.Source, stop).ConfigureAwait(false);
        if (SaysNothing(verdict)) return null;
        // The worker itself died in another way.
        if (verdict.IsExpected) return false;
        if (verdict.Fatal is { } fatal)
        {
            if (verdict.IsHang && death.HangMap is { } hang) board.Merge(hang.Map, BoardKind.Hang);
            return IsTaken(verdict.FatalFinding(names, death.Source), inputs[fatal].Span, death);
        }

        // Slow, but it ends: the next one that gets no further than this one would be no hang either (AFL marks the map at once, too). A machine that stood
        // still for a moment is no reason to.
        if (death.HangMap is { } slow && verdict.Longest > limits.Execution / SlowPart) board.Merge(slow.Map, BoardKind.Hang);
        var thrown = verdict.Answers.Index().FirstOrDefault(answer => answer.Item is not null);
        if (thrown.Item is null) return false;
        return IsTaken(thrown.Item with { Source = death.Source }, inputs[thrown.Index].Span, death);
    }

    /// <returns>False for a file to which no line can be given, since what its input does is no finding.</returns>
    private bool IsTaken(Finding finding, ReadOnlySpan<byte> input, DeathCase death)
    {
        desk.Take(finding, input, From(death), death.File);
        return death.File is null || finding.Kind != FindingKind.MissingDependency;
    }

    /// <summary>Runs the inputs alone; again where they end by a signal.</summary>
    private async Task<Verdict> RunBelievedAsync(IReadOnlyList<ReadOnlyMemory<byte>> inputs, FindingSource source, CancellationToken stop)
    {
        var verdict = await runner.RunAsync(inputs, limits, stop).ConfigureAwait(false);
        // A signal without a word may be somebody else's (the system's kill -9, short of memory), or have come while the runtime was about to say more: what
        // the input does a second time is believed.
        if (verdict is { Fatal: not null, Exit.KilledFor: null } && verdict.FatalFinding(names, source).Kind == FindingKind.Signal)
            verdict = await runner.RunAsync(inputs, limits, stop).ConfigureAwait(false);
        if (verdict.Stacks is { Failure: StackFailure.Refused } unread) WarnOfStacks(unread);
        return verdict;
    }

    /// <returns>Whether it is by the same exception that the input ends alone; another one is saved all the same.</returns>
    private async Task<bool?> RunThrownAsync(Finding finding, byte[] input, Provenance from, CancellationToken stop)
    {
        var verdict = await RunBelievedAsync([input], finding.Source, stop).ConfigureAwait(false);
        if (SaysNothing(verdict)) return null;
        var alone = verdict.Fatal is null ? verdict.Answers[0] : verdict.IsExpected ? null : verdict.FatalFinding(names, finding.Source);
        if (alone is null) return false;
        desk.Take(alone with { Source = finding.Source }, input, from);
        if (alone.Key == finding.Key) return true;
        // A young process inlines less: what was inlined then stands above the frame that stood for it.
        if (alone.ExceptionType != finding.ExceptionType || KeyFrame.Of(finding.Frames) is not { } frame || !alone.Frames.Any(shown => shown.Name == frame.Name)) return false;
        desk.KnowAlso(finding);
        return true;
    }

    /// <summary>Once: where one cannot be read no other can.</summary>
    private void WarnOfStacks(StackReading unread)
    {
        if (Interlocked.Exchange(ref _areStacksUnread, 1) == 0)
            warn($"the stack of what hangs cannot be read, so that the first hang stands for all: {PtraceScope.Refusal() ?? unread.Reason}");
    }

    /// <summary>What ends before it has run anything, or fails by a fault of our own, says nothing of the inputs.</summary>
    private bool SaysNothing(Verdict verdict)
    {
        if (verdict.Failure is { } failure) log.VerdictFailed(failure);
        return verdict.Failure is not null || verdict is { Fatal: not null, HasRun: false };
    }

    private async Task<bool?> RunOutOfMemoryAsync(Finding finding, byte[] input, Provenance from, CancellationToken stop)
    {
        var less = await OutOfMemoryUnderAsync(input, limits.Heap / 2, stop).ConfigureAwait(false);
        var shared = less is { Count: > 0 } ? finding with { Key = FindingKey.OfOutOfMemory(finding.Frames, less).Text } : finding;
        if (!desk.IsKnown(shared.ParsedKey!) && await OutOfMemoryUnderAsync(input, limits.Heap + limits.Heap / 8, stop).ConfigureAwait(false) is null) return false;
        desk.Take(shared, input, from);
        return true;
    }

    /// <returns>The frames of its end, as far as they are known; null where memory did not run out.</returns>
    private async Task<IReadOnlyList<FindingFrame>?> OutOfMemoryUnderAsync(byte[] input, long heap, CancellationToken stop)
    {
        var verdict = await runner.RunAsync([input], limits with { Heap = heap }, stop).ConfigureAwait(false);
        if (verdict.Answers is [{ Kind: FindingKind.OutOfMemory } thrown]) return thrown.Frames;
        if (verdict.Fatal is null || verdict.IsHang || !verdict.HasRun) return null;
        return verdict.IsMemory ? [] : DeathParser.Parse(new ProcessEnd(verdict.Exit.ExitCode), verdict.Exit.Stderr, names).Frames;
    }

    private Provenance From(DeathCase death) =>
        new(entryId(death.Parent), TimeSpan.FromMilliseconds(death.Milliseconds), death.Executions, "havoc");
}
