using System.Diagnostics;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// The hidden command <c>verdict</c>: runs inputs one by one, alone, and answers each. A death or a time-out is an answer too, which the broker reads
/// off the process.
/// </summary>
internal static class VerdictProgram
{
    public static async Task<int> RunAsync()
    {
        var host = WorkerHost.Start();
        var payload = WorkerPayload.FromBytes(host.Bootstrap.Payload.Span);
        payload.Join();
        var order = payload.Verdict ?? throw new InvalidDataException("A verdict process was told of no inputs.");
        var provider = new StdShMemProvider();
        PreparedTarget target;
        try
        {
            target = PreparedTarget.Load(provider.Open(host.Bootstrap.Segment), payload);
        }
        catch (Commands.InputException wrong)
        {
            await Console.Error.WriteLineAsync(Commands.InputErrors.Encode(wrong)).ConfigureAwait(false);
            return Commands.ExitCodes.WrongInput;
        }

        await TargetThread.RunAsync(payload.Target.StackSize, () => Answer(provider, target, order)).ConfigureAwait(false);
        // All is said. An ordinary end would wait for the target's threads and run its exit handlers, which may take for ever.
        Process.GetCurrentProcess().Kill();
        return 0;
    }

    private static void Answer(StdShMemProvider provider, PreparedTarget target, VerdictOrder order)
    {
        using var first = provider.Open(order.Inputs);
        using var inputs = new CorpusLogReader(first, next => provider.Open(next));
        using var answersSegment = provider.Open(order.Answers);
        using var answers = CorpusLogWriter.Open(answersSegment, order.Generation, next => provider.Open(next));
        using var boardSegment = order.Board is { } description ? provider.Open(description) : null;
        using var board = boardSegment is null ? null : CoverageBoard.Open(boardSegment, target.Identity);
        using var next = order.Next is { } room ? provider.Open(room) : null;
        if (next is not null) answers.SetNext(next);
        while (inputs.TryRead(out var record))
        {
            if (AnswerOne(target, record, order, board, answers)) continue;
            if (board is null) throw new InvalidDataException("The broker made the log of answers too small.");
            // Nothing of it was written or claimed: whoever goes on with more room begins with it.
            target.Memory.Phase = ProcessPhase.Restarting;
            return;
        }
    }

    /// <returns>False where there is no room for the answer.</returns>
    private static bool AnswerOne(PreparedTarget target, in CorpusRecord record, VerdictOrder order, CoverageBoard? board, CorpusLogWriter answers)
    {
        var bytes = record.Payload;
        bytes.CopyTo(target.Memory.Inputs.Begin(bytes.Length));
        var input = target.Memory.Inputs.Commit(bytes.Length);
        var start = Stopwatch.GetTimestamp();
        var exception = target.Run(input);
        var elapsed = Stopwatch.GetElapsedTime(start);
        target.Memory.Phase = ProcessPhase.Idle;
        // A thread that the target started may die a little later; that is this input's doing, too.
        if (order.LateMilliseconds > 0) WaitFor(order.LateMilliseconds);

        var info = new RecordInfo
        {
            Parent = record.Address with { Ordinal = order.FirstNumber + record.Address.Ordinal },
            ExecutionNanoseconds = (long)elapsed.TotalNanoseconds,
            Edges = target.Memory.Map.CountHit(),
        };
        if (exception is not null)
        {
            var details = Finding.From(exception, target.Names.Value, new FindingSource(-1, 0, 0)).ToJson();
            return answers.Append(RecordKind.Finding, default, details, info);
        }

        if (board is null) return answers.Append(RecordKind.Entry, default, default, info);
        // An input is answered also when its coverage is known already.
        return answers.Claim(board, target.Memory.Map, BoardKind.Queue, bytes, default, info) == ClaimResult.Committed
            || answers.Append(RecordKind.Entry, bytes, default, info);
    }

    private static void WaitFor(int milliseconds)
    {
        try
        {
            Thread.Sleep(milliseconds);
        }
        catch (ThreadInterruptedException)
        {
            // The target has interrupted its own thread, which did not wait then. Once is all that an interruption does.
            Thread.Sleep(milliseconds);
        }
    }
}
