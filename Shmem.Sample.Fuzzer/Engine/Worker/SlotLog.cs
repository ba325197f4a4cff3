using System.Collections.Concurrent;
using Shmem.Actors.Messages;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// The log of this worker's slot, with the broker's next segment always asked for before it is needed. <see cref="Grant"/> may be called from
/// any thread, the rest from the fuzzing thread.
/// </summary>
/// <param name="writer">The log's; the caller disposes it.</param>
/// <param name="segments">Opens the segments that are granted.</param>
/// <param name="requestNext">Asks the broker for the segment of that number. The answer goes to <see cref="Grant"/> or <see cref="Refuse"/>.</param>
/// <param name="milliseconds">A clock that never goes back.</param>
internal sealed class SlotLog(CorpusLogWriter writer, WorkerSegments segments, Action<int> requestNext, Func<long> milliseconds)
{
    /// <summary>How long a refusal holds: what was lacking then will not be there at once, and picks are made thousands of times a second.</summary>
    internal const long RefusalMilliseconds = 1000;

    /// <summary>How long the broker has to answer: then a broken connection has taken the answer along, or the question.</summary>
    internal const long AnswerMilliseconds = 10_000;

    private readonly ConcurrentQueue<NextSegmentGranted> _granted = new();
    private int _requested = -1;
    private long _askAgainAt = long.MinValue;

    /// <summary>The broker's answer.</summary>
    public void Grant(NextSegmentGranted granted) => _granted.Enqueue(granted);

    /// <summary>The broker has none: asked again a while later.</summary>
    public void Refuse() => Volatile.Write(ref _askAgainAt, milliseconds() + RefusalMilliseconds);

    /// <summary>Gives the writer what was granted, and asks for more ahead of need. What cannot be opened yet is kept for a later call.</summary>
    public void TakeNext()
    {
        while (!_granted.IsEmpty && _granted.TryPeek(out var granted))
        {
            // Who asks twice is answered twice.
            if (writer.NeedsNext && granted.Sequence == writer.Segment + 1)
            {
                using var segment = segments.TryOpen(granted.Segment);
                if (segment is null) return;
                writer.SetNext(segment);
            }

            _granted.TryDequeue(out _);
        }

        if (!writer.NeedsNext) return;
        var (next, now) = (writer.Segment + 1, milliseconds());
        if (next == _requested && now < Volatile.Read(ref _askAgainAt)) return;
        _requested = next;
        // Before the question: its answer may be a refusal, and come at once.
        Volatile.Write(ref _askAgainAt, now + AnswerMilliseconds);
        requestNext(next);
    }

    /// <summary>Claims; where the log is full the find waits for another execution that meets it: neither board nor log was touched.</summary>
    public bool Claim(CoverageBoard board, CoverageMap map, BoardKind kind, ReadOnlySpan<byte> input, ReadOnlySpan<byte> details, in RecordInfo info) =>
        writer.Claim(board, map, kind, input, details, info) == ClaimResult.Committed;

    /// <summary>Tells the broker something that claims nothing on the board.</summary>
    /// <returns>False where the log is full.</returns>
    public bool Tell(ReadOnlySpan<byte> input, ReadOnlySpan<byte> details, in RecordInfo info) => writer.Append(RecordKind.Finding, input, details, info);
}
