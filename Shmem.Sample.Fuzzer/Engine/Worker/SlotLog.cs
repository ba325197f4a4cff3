using System.Collections.Concurrent;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Coverage;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// The log of this worker's slot, with the broker's next segment always asked for before it is needed. <see cref="Grant"/> may be called from
/// any thread, the rest from the fuzzing thread.
/// </summary>
/// <param name="writer">The log's; the caller disposes it.</param>
/// <param name="provider">Opens the segments that are granted.</param>
/// <param name="requestNext">Asks the broker for the segment of that number. The answer goes to <see cref="Grant"/> or <see cref="Refuse"/>.</param>
/// <param name="milliseconds">A clock that never goes back.</param>
internal sealed class SlotLog(CorpusLogWriter writer, ShMemProvider provider, Action<int> requestNext, Func<long> milliseconds)
{
    /// <summary>How long a refusal holds: what was lacking then will not be there at once, and picks are made thousands of times a second.</summary>
    internal const long RefusalMilliseconds = 1000;

    private readonly ConcurrentQueue<ShMemDescription> _granted = new();
    private int _requested = -1;
    private long _askAgainAt = long.MinValue;

    /// <summary>The broker's answer.</summary>
    public void Grant(ShMemDescription segment) => _granted.Enqueue(segment);

    /// <summary>The broker has none: asked again a while later.</summary>
    public void Refuse()
    {
        Volatile.Write(ref _askAgainAt, milliseconds() + RefusalMilliseconds);
        Volatile.Write(ref _requested, -1);
    }

    /// <summary>Gives the writer what was granted, and asks for more ahead of need.</summary>
    public void TakeNext()
    {
        while (_granted.TryDequeue(out var description))
        {
            if (!writer.NeedsNext) continue;
            using var segment = provider.Open(description);
            writer.SetNext(segment);
        }

        var next = writer.Segment + 1;
        if (!writer.NeedsNext || Volatile.Read(ref _requested) == next || milliseconds() < Volatile.Read(ref _askAgainAt)) return;
        Volatile.Write(ref _requested, next);
        requestNext(next);
    }

    /// <summary>Claims; where the log is full the find waits for another execution that meets it: neither board nor log was touched.</summary>
    public bool Claim(CoverageBoard board, CoverageMap map, BoardKind kind, ReadOnlySpan<byte> input, ReadOnlySpan<byte> details, in RecordInfo info) =>
        writer.Claim(board, map, kind, input, details, info) == ClaimResult.Committed;
}
