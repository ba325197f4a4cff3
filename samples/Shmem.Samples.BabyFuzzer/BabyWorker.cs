using System.Collections.Immutable;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;
using Shmem.Backends.Slots;

namespace Shmem.Samples.BabyFuzzer;

/// <summary>A worker process: joins the campaign, waits for a slot, and fuzzes in it until the broker says stop or the target kills it.</summary>
internal sealed class BabyWorker : IWorkerHandler
{
    private readonly StdShMemProvider _provider = new();
    private readonly TaskCompletionSource<SlotAssigned?> _slot = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly List<ShMemDescription> _logs = [];
    private ShMemDescription _board;
    private volatile bool _isStopping;

    public static async Task<int> RunAsync()
    {
        // First of all: it makes this process a worker, which ends with its broker.
        var host = WorkerHost.Start();
        var worker = new BabyWorker();
        var connection = await host.JoinAsync(worker);
        connection.ReportReady();
        // Until somebody dies a spare waits here.
        if (await worker._slot.Task is { } slot) worker.Fuzz(host.Bootstrap.Segment, slot);
        connection.ReportStopped();
        return 0;
    }

    public void Joined(WorkerConnection connection, ImmutableArray<NamedSegment> segments)
    {
        foreach (var segment in segments) SegmentAnnounced(segment);
    }

    public void SegmentAnnounced(NamedSegment segment)
    {
        if (segment.Name == "board")
        {
            _board = segment.Description;
            return;
        }

        lock (_logs) _logs.Add(segment.Description);
    }

    public void SlotAssigned(SlotAssigned slot) => _slot.TrySetResult(slot);

    public void StopRequested(TimeSpan grace)
    {
        _isStopping = true;
        _slot.TrySetResult(null);
    }

    public void NextSegmentGranted(NextSegmentGranted granted)
    {
        // Never asked for: a log's first segment of 16 MiB holds more entries than this target has.
    }

    public void Refused(RequestRefused refusal) => Console.Error.WriteLine($"{refusal.Why}. {refusal.Remedy}");

    /// <summary>One execution costs no message, no lock and no system call: all that happens here happens in memory that the processes share.</summary>
    private void Fuzz(ShMemDescription own, SlotAssigned slot)
    {
        using var ownSegment = _provider.Open(own);
        using var memory = ProcessMemory.Open(ownSegment);
        using var boardSegment = _provider.Open(_board);
        using var board = CoverageBoard.Open(boardSegment, BabyTarget.Identity);
        using var logSegment = _provider.Open(slot.Log);
        // The broker laid the log out as generation 0.
        using var log = CorpusLogWriter.Open(logSegment, slot.Generation + 1, next => _provider.Open(next));
        var readers = new List<CorpusLogReader>();
        var corpus = new List<byte[]>();
        var random = new Random(slot.Slot * 1000 + slot.Generation);
        while (!_isStopping)
        {
            // Now and then: what others have found.
            if (memory.Executions % 1024 == 0) Follow(readers, corpus);
            memory.Phase = ProcessPhase.Mutating;
            var room = memory.Inputs.Begin(BabyTarget.MostBytes);
            var length = Mutate(corpus.Count == 0 ? [] : corpus[random.Next(corpus.Count)], room, random);
            // Committed before it runs: if the process dies of it, the broker finds it here.
            var input = memory.Inputs.Commit(length);
            memory.Map.Clear();

            memory.Phase = ProcessPhase.Running;
            BabyTarget.Run(input, memory.Map.Counters);
            memory.Executions++;

            memory.Phase = ProcessPhase.Judging;
            if (board.Compare(memory.Map, BoardKind.Queue) != BoardVerdict.None)
            {
                memory.Phase = ProcessPhase.Claiming;
                // Of several workers that reach the same at once one owns it: the others' claims are dropped.
                log.Claim(board, memory.Map, BoardKind.Queue, input, [], new RecordInfo { Executions = memory.Executions, Edges = memory.Map.CountHit() });
            }

            memory.Phase = ProcessPhase.Idle;
        }

        foreach (var reader in readers) reader.Dispose();
    }

    /// <summary>Reads what was appended to any worker's log, this one's included.</summary>
    private void Follow(List<CorpusLogReader> readers, List<byte[]> corpus)
    {
        lock (_logs)
        {
            for (; readers.Count < _logs.Count; readers.Add(Read(_logs[readers.Count])))
            {
            }
        }

        foreach (var reader in readers)
            while (reader.TryRead(out var entry)) corpus.Add(entry.Payload.ToArray());
    }

    private CorpusLogReader Read(ShMemDescription log)
    {
        using var segment = _provider.Open(log);
        return new CorpusLogReader(segment, next => _provider.Open(next));
    }

    private static int Mutate(ReadOnlySpan<byte> parent, Span<byte> room, Random random)
    {
        parent.CopyTo(room);
        var length = Math.Clamp(parent.Length + random.Next(-1, 2), 1, room.Length);
        // What is behind the parent is left of an older input.
        if (length > parent.Length) room[parent.Length..length].Clear();
        room[random.Next(length)] = (byte)random.Next(256);
        return length;
    }
}
