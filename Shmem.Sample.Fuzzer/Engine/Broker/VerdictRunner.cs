using System.Collections.Concurrent;
using System.Diagnostics;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// Runs inputs in a process of their own, one by one: the dry run of the seeds, the judgement of a death, and <c>replay</c>. It joins no campaign, so all
/// that it needs is memory.
/// </summary>
internal sealed class VerdictRunner(ISegmentSource segments, WorkerPayload payload, int edges, ITargetNames names, WorkerRegister? register = null)
{
    /// <summary>The slot number in the logs of verdict processes, which nobody else reads.</summary>
    private const int VerdictSlot = SegmentNames.SeedSlot - 1;

    /// <summary>Room beyond the limit of the garbage collector's heap: the runtime itself, native memory, code.</summary>
    internal const long BesidesHeap = 384L << 20;

    /// <summary>What a record of a log takes at most beside its bytes.</summary>
    private const long RecordBytes = 128;

    private static readonly TimeSpan Poll = TimeSpan.FromMilliseconds(10);
    private static readonly TimeSpan LoadLimit = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan StackLimit = TimeSpan.FromSeconds(60);

    /// <summary>How long the end of a killed process is waited for once nobody needs it: one that is held in the kernel may never come to it.</summary>
    private static readonly TimeSpan EndLimit = TimeSpan.FromSeconds(5);

    // Numbers of their own, far from those of workers.
    private static long _lastNumber = 1_000_000_000;

    private readonly ConcurrentQueue<int> _stillThere = new();

    /// <summary>
    /// What a judgement that has begun is given to come to its end. Enough for two runs of an input that loads slowly, hangs and shows its stack; one of many slow
    /// inputs may take longer, and is ended.
    /// </summary>
    public static TimeSpan LongestOf(VerdictLimits limits) => 2 * (LoadLimit + limits.Execution + limits.Late + StackLimit);

    /// <summary>Bytes of a log of so many records that hold so many bytes in all.</summary>
    public static long RoomFor(int records, long bytes) => (1 << 16) + bytes + records * RecordBytes;

    /// <summary>The pids of processes that did not end although they were killed.</summary>
    public IReadOnlyList<int> StillThere => [.. _stillThere];

    /// <summary>Runs the inputs, each answered, until one is fatal.</summary>
    /// <param name="inputs">At least one.</param>
    /// <param name="limits">Limits of each.</param>
    /// <param name="stop">Kills the process; none is started after it.</param>
    public async Task<Verdict> RunAsync(IReadOnlyList<ReadOnlyMemory<byte>> inputs, VerdictLimits limits, CancellationToken stop)
    {
        stop.ThrowIfCancellationRequested();
        using var answers = await segments.CreateAsync(RoomFor(inputs.Count, (long)inputs.Count * CorpusLog.MostDetails), "verdict's answers").ConfigureAwait(false);
        CorpusLogWriter.Create(answers, VerdictSlot).Dispose();
        try
        {
            return await RunAsync(inputs, limits, answers, next: null, generation: 1, board: null, firstNumber: 0, stop).ConfigureAwait(false);
        }
        finally
        {
            segments.Release(answers.Description);
        }
    }

    /// <summary>
    /// Runs the inputs and appends the answers to a log that exists, and then in its next segment, claiming coverage on a board. The first input has that number there.
    /// <paramref name="executed"/> is told now and then how many have come back.
    /// </summary>
    public async Task<Verdict> RunAsync(IReadOnlyList<ReadOnlyMemory<byte>> inputs, VerdictLimits limits, ShMem answers, ShMemDescription? next, int generation,
        ShMemDescription? board, int firstNumber, CancellationToken stop, Action<long>? executed = null)
    {
        stop.ThrowIfCancellationRequested();
        using var inputLog = await segments.CreateAsync(RoomFor(inputs.Count, inputs.Sum(input => (long)input.Length)), "verdict's inputs").ConfigureAwait(false);
        try
        {
            using (var writer = CorpusLogWriter.Create(inputLog, VerdictSlot))
                foreach (var input in inputs) writer.Append(RecordKind.Entry, input.Span, default, default);
            var order = new VerdictOrder(inputLog.Description, answers.Description, board, generation, (int)limits.Late.TotalMilliseconds, firstNumber, next);
            return await RunAsync(order, inputs.Count, limits, answers, executed, stop).ConfigureAwait(false);
        }
        finally
        {
            segments.Release(inputLog.Description);
        }
    }

    private async Task<Verdict> RunAsync(VerdictOrder order, int inputs, VerdictLimits limits, ShMem answers, Action<long>? executed, CancellationToken stop)
    {
        using var memorySegment = await segments.CreateAsync(ProcessMemory.SizeFor(edges), "verdict process").ConfigureAwait(false);
        try
        {
            using var memory = ProcessMemory.Create(memorySegment, edges);
            using var reader = new CorpusLogReader(answers, segments.Open);
            while (reader.TryRead(out _)) { }

            using var process = WorkerProcess.Start(
                new WorkerLaunch(WorkerCommand.ThisExecutable("verdict"))
                {
                    HeapLimit = limits.Heap,
                    RuntimeSettings = RuntimeSettings.ForTargets,
                    Register = register,
                },
                new WorkerBootstrap(Interlocked.Increment(ref _lastNumber), "", default, memorySegment.Description,
                    (payload with { Verdict = order }).ToBytes()));
            await using var cancelled = stop.Register(() => process.Kill("the campaign has ended")).ConfigureAwait(false);
            var stacks = await WatchAsync(process, memory, limits, executed, stop).ConfigureAwait(false);
            var exit = await EndOfAsync(process, stop).ConfigureAwait(false);
            var (given, longest) = ReadAnswers(reader);
            var isFull = memory.Phase == ProcessPhase.Restarting;
            return new Verdict
            {
                Answers = given,
                Longest = longest,
                Exit = exit,
                Stacks = stacks,
                IsFull = isFull,
                Fatal = given.Count < inputs && !isFull ? given.Count : null,
                HasRun = memory.Executions > 0 || memory.Phase != ProcessPhase.Idle,
            };
        }
        finally
        {
            segments.Release(memorySegment.Description);
        }
    }

    /// <summary>Waits for the end, and brings it about where a limit is met.</summary>
    private async Task<StackReading?> WatchAsync(WorkerProcess process, ProcessMemory memory, VerdictLimits limits, Action<long>? executed, CancellationToken stop)
    {
        // Whatever it does between two executions is a matter of milliseconds, unless the target does it: an exception's Message that never comes, say.
        var limit = limits.Execution + limits.Late;
        var watch = new ProgressWatch(limit, limit + TimeSpan.FromSeconds(1));
        var wait = new ProcessorWait(process.Holder.Pid);
        var clock = Stopwatch.StartNew();
        while (!process.Exit.IsCompleted && !stop.IsCancellationRequested)
        {
            await Task.WhenAny(process.Exit, Task.Delay(Poll, CancellationToken.None)).ConfigureAwait(false);
            executed?.Invoke(memory.Executions);
            if (watch.IsStuck(clock.Elapsed, memory.Executions, memory.Executions > 0 || memory.Phase == ProcessPhase.Running, wait.Read))
            {
                try
                {
                    return await StackReaderProcess.ReadAsync(process.Holder.Pid, StackLimit, names, stop).ConfigureAwait(false);
                }
                catch (OperationCanceledException)
                {
                    // Its end is still to be waited for.
                    return null;
                }
                finally
                {
                    process.Kill(KillReasons.Hang, isTimeOut: true);
                }
            }

            if (ResidentMemory.Of(process.Holder.Pid) > limits.Heap + BesidesHeap) process.Kill(KillReasons.Memory);
            if (memory.Executions == 0 && memory.Phase == ProcessPhase.Idle && clock.Elapsed > LoadLimit)
                process.Kill($"the target did not load within {LoadLimit.TotalSeconds:0} s", isTimeOut: true);
        }

        return null;
    }

    /// <exception cref="OperationCanceledException">It was stopped, and has ended if it could.</exception>
    private async Task<WorkerExit> EndOfAsync(WorkerProcess process, CancellationToken stop)
    {
        await ((Task)process.Exit.WaitAsync(stop)).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!stop.IsCancellationRequested) return await process.Exit.ConfigureAwait(false);
        if (await Task.WhenAny(process.Exit, Task.Delay(EndLimit, CancellationToken.None)).ConfigureAwait(false) != process.Exit)
            _stillThere.Enqueue(process.Holder.Pid);
        throw new OperationCanceledException(stop);
    }

    private static (List<Finding?> Answers, TimeSpan Longest) ReadAnswers(CorpusLogReader reader)
    {
        var answers = new List<Finding?>();
        var longest = 0L;
        while (reader.TryRead(out var record))
        {
            answers.Add(record.Kind == RecordKind.Finding ? Finding.FromJson(record.Details) : null);
            longest = Math.Max(longest, record.Info.ExecutionNanoseconds);
        }

        return (answers, TimeSpan.FromMicroseconds(longest / 1000));
    }
}
