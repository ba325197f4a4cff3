using System.Runtime.CompilerServices;
using Shmem.Backends.Coverage;

namespace Shmem.Backends.Corpus;

/// <summary>Writes a slot's corpus log, and claims what executions reached on the board, so that nothing the board knows is without its record.</summary>
/// <remarks>
/// <para>
/// The order of a claim: the record's bytes past the tail; <c>pending</c> = its end; each changed 64-bit word of the board is OR-ed atomically, a bucket being owned
/// by the one whose OR set it; owning any stores the tail, owning none drops the record; <c>pending</c> = 0. A writer may die at any step:
/// <see cref="CorpusLog.Recover"/> commits a record that was pending.
/// </para>
/// <para>
/// Memory order: <c>pending</c>, tail and <c>pending</c> again are releasing stores, and the OR is a full barrier on x64 and acquiring and releasing on ARM64
/// (<c>LDSETAL</c>, or a loop with a barrier). So the record is visible before <c>pending</c>, <c>pending</c> before any bucket, every bucket before the tail, and what a
/// reader finds below the tail that it acquired is whole.
/// </para>
/// <para>One writer per log, used by one thread. Neither claim nor append allocates, locks or calls the operating system, but where they change segments.</para>
/// </remarks>
public sealed unsafe class CorpusLogWriter : IDisposable
{
    private LogSegment _log;
    private LogSegment? _next;
    private long _tail;
    private long _ordinal;
    private bool _disposed;

    private CorpusLogWriter(LogSegment log, long tail, long ordinal)
    {
        _log = log;
        _tail = tail;
        _ordinal = ordinal;
    }

    /// <summary>The worker slot that the log belongs to.</summary>
    public int Slot => _log.Slot;

    /// <summary>The number of the segment that is being written, from 0.</summary>
    public int Segment => _log.Sequence;

    /// <summary>Records in the log, over all segments: the ordinal of the next one.</summary>
    public long Count => _ordinal;

    /// <summary>True when less than a quarter of the segment is left and no next one is at hand: ask for it now.</summary>
    public bool NeedsNext => _next is null && _log.Length - _tail < _log.Length / 4;

    /// <summary>Begins a slot's log.</summary>
    /// <param name="segment">A new segment, all zero, of at least <see cref="CorpusLog.SmallestSegment"/> bytes. The caller keeps and disposes it.</param>
    /// <param name="slot">The worker slot, 0 or more.</param>
    /// <param name="generation">The number of the process in the slot, 0 or more.</param>
    /// <returns>The writer. The caller disposes it.</returns>
    /// <exception cref="ShMemException">The segment is too small, or holds a log already.</exception>
    public static CorpusLogWriter Create(ShMem segment, int slot, int generation = 0)
    {
        ArgumentNullException.ThrowIfNull(segment);
        ArgumentOutOfRangeException.ThrowIfNegative(slot);
        ArgumentOutOfRangeException.ThrowIfNegative(generation);
        if (LogSegment.IsLaidOut(segment)) throw NotNew(segment);
        return new CorpusLogWriter(LogSegment.Create(segment, slot, 0, generation), LogSegment.HeaderSize, 0);
    }

    /// <summary>Goes on with the log of a dead writer, after <see cref="CorpusLog.Recover"/>.</summary>
    /// <param name="segment">Any segment of the log, best the last known. The caller keeps and disposes it.</param>
    /// <param name="generation">The number of the process in the slot, greater than every earlier one.</param>
    /// <param name="open">Opens the segments behind it; what it returns is disposed here.</param>
    /// <returns>The writer. The caller disposes it.</returns>
    /// <exception cref="ShMemException">The log is damaged, was not recovered, or has had a writer of this generation or a later one.</exception>
    public static CorpusLogWriter Open(ShMem segment, int generation, Func<ShMemDescription, ShMem> open)
    {
        ArgumentNullException.ThrowIfNull(segment);
        ArgumentNullException.ThrowIfNull(open);
        var log = LogSegment.OpenLast(segment, open, out var ordinal, out var tail);
        try
        {
            if (log.Pending != 0) throw LayoutHeader.Invalid(segment, LogSegment.What, "its last writer's claim is not finished: recover it first");
            if (log.Generation >= generation)
                throw LayoutHeader.Invalid(segment, LogSegment.What, $"it has had a writer of generation {log.Generation}, this one is {generation}");
            log.Generation = generation;
            return new CorpusLogWriter(log, tail, ordinal);
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    /// <summary>Gives the segment to go on in when this one is full. One that was given before and not yet begun is replaced.</summary>
    /// <param name="segment">
    /// A segment that no log has reached. It is laid out here; that of a writer which died before it began it can be given again. The caller keeps and disposes it.
    /// </param>
    /// <exception cref="ShMemException">The segment is too small, or holds records or a log of another place.</exception>
    public void SetNext(ShMem segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        ObjectDisposedException.ThrowIf(_disposed, this);
        var sequence = _log.Sequence + 1;
        if (LogSegment.IsLaidOut(segment))
        {
            using var found = LogSegment.Open(segment);
            if (found.Slot != Slot || found.Sequence != sequence || found.SharedTail != LogSegment.HeaderSize) throw NotNew(segment);
        }

        var next = LogSegment.Create(segment, Slot, sequence, _log.Generation);
        _next?.Dispose();
        _next = next;
    }

    /// <summary>Records an execution if it is the first to reach something; see the order in the remarks.</summary>
    /// <param name="board">The board.</param>
    /// <param name="map">What the execution reached.</param>
    /// <param name="kind">Where it counts: an entry is recorded for <see cref="BoardKind.Queue"/>, a finding for the others.</param>
    /// <param name="payload">The test case, at most <see cref="CorpusLog.MostPayload"/> bytes.</param>
    /// <param name="details">A finding's details, at most <see cref="CorpusLog.MostDetails"/> bytes.</param>
    /// <param name="info">What else the record says.</param>
    /// <exception cref="ArgumentException">Payload or details are too long, or the map does not belong to the board.</exception>
    /// <exception cref="ObjectDisposedException">The writer is disposed.</exception>
    public ClaimResult Claim(CoverageBoard board, CoverageMap map, BoardKind kind, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> details,
        in RecordInfo info) => Claim<NoProbe<ClaimStep>>(board, map, kind, payload, details, info);

    /// <summary>Records without asking the board: a seed, or a finding that is to be kept in any case.</summary>
    /// <returns>False when there is no room and no next segment: nothing was written.</returns>
    /// <exception cref="ArgumentException">Payload or details are too long, or the kind is a link.</exception>
    /// <exception cref="ObjectDisposedException">The writer is disposed.</exception>
    public bool Append(RecordKind kind, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> details, in RecordInfo info) =>
        Append<NoProbe<ClaimStep>>(kind, payload, details, info);

    internal ClaimResult Claim<TProbe>(CoverageBoard board, CoverageMap map, BoardKind kind, ReadOnlySpan<byte> payload,
        ReadOnlySpan<byte> details, in RecordInfo info) where TProbe : struct, IProbe<ClaimStep>
    {
        ArgumentNullException.ThrowIfNull(board);
        var buckets = board.At(map, kind);
        if (!TryMakeRoom<TProbe>(payload, details, out var length)) return ClaimResult.NoRoom;
        Write<TProbe>(kind == BoardKind.Queue ? RecordKind.Entry : RecordKind.Finding, length, payload, details, info);
        _log.Pending = _tail + length;
        TProbe.Reached(ClaimStep.PendingSet);
        var owned = SetBuckets<TProbe>(map, buckets);
        TProbe.Reached(ClaimStep.Decided);
        if (owned) Commit<TProbe>(length);
        _log.Pending = 0;
        TProbe.Reached(ClaimStep.PendingCleared);
        return owned ? ClaimResult.Committed : ClaimResult.Dropped;
    }

    internal bool Append<TProbe>(RecordKind kind, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> details, in RecordInfo info)
        where TProbe : struct, IProbe<ClaimStep>
    {
        if (kind is not (RecordKind.Entry or RecordKind.Finding)) throw new ArgumentOutOfRangeException(nameof(kind), kind, "An entry or a finding.");
        if (!TryMakeRoom<TProbe>(payload, details, out var length)) return false;
        Write<TProbe>(kind, length, payload, details, info);
        Commit<TProbe>(length);
        return true;
    }

    /// <summary>Lets the segments go. The log stays, for the next writer.</summary>
    public void Dispose()
    {
        _disposed = true;
        _log.Dispose();
        _next?.Dispose();
    }

    private static bool SetBuckets<TProbe>(CoverageMap map, byte* buckets) where TProbe : struct, IProbe<ClaimStep>
    {
        var owned = false;
        for (var line = BoardScan.NextNew(map.Start, buckets, map.Length, 0); line < map.Length;
             line = BoardScan.NextNew(map.Start, buckets, map.Length, line + BoardScan.Line))
        {
            for (var i = line; i < line + BoardScan.Line; i += sizeof(ulong))
            {
                var seen = *(ulong*)(buckets + i);
                var unseen = HitBuckets.Classify(*(ulong*)(map.Start + i)) & ~seen;
                if (unseen == 0) continue;
                TProbe.Reached(ClaimStep.BucketsSeen);
                owned |= (unseen & ~Interlocked.Or(ref *(ulong*)(buckets + i), unseen)) != 0;
                TProbe.Reached(ClaimStep.BucketsSet);
            }
        }

        return owned;
    }

    /// <summary>Sees to it that the record and, behind it, a link fit, changing to the next segment if need be.</summary>
    private bool TryMakeRoom<TProbe>(ReadOnlySpan<byte> payload, ReadOnlySpan<byte> details, out int length) where TProbe : struct, IProbe<ClaimStep>
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        if (payload.Length > CorpusLog.MostPayload)
            throw new ArgumentException($"A test case has at most {CorpusLog.MostPayload} bytes, not {payload.Length}.", nameof(payload));
        if (details.Length > CorpusLog.MostDetails)
            throw new ArgumentException($"A finding's details have at most {CorpusLog.MostDetails} bytes, not {details.Length}.", nameof(details));
        length = RecordLayout.LengthFor(payload.Length, details.Length);
        if (Fits(_log, _tail, length)) return true;
        if (_next is null || !Fits(_next, LogSegment.HeaderSize, length)) return false;
        ChangeSegment<TProbe>(_next);
        return true;

        static bool Fits(LogSegment log, long tail, int length) => length <= log.Length - LogSegment.LinkLength - tail;
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private void ChangeSegment<TProbe>(LogSegment next) where TProbe : struct, IProbe<ClaimStep>
    {
        next.SetFirstOrdinal(_ordinal);
        TProbe.Reached(ClaimStep.NextPrepared);
        Span<byte> description = stackalloc byte[ShMemDescription.EncodedSize];
        next.Description.Write(description);
        Write<NoProbe<ClaimStep>>(RecordKind.Link, LogSegment.LinkLength, description, default, default);
        TProbe.Reached(ClaimStep.LinkWritten);
        _log.SharedTail = _tail + LogSegment.LinkLength;
        TProbe.Reached(ClaimStep.LinkCommitted);
        _log.Dispose();
        (_log, _next, _tail) = (next, null, LogSegment.HeaderSize);
    }

    /// <summary>Writes a record past the tail, where no reader looks. The tail is this object's own: what others write into the header moves nothing.</summary>
    private void Write<TProbe>(RecordKind kind, int length, ReadOnlySpan<byte> payload, ReadOnlySpan<byte> details, in RecordInfo info)
        where TProbe : struct, IProbe<ClaimStep>
    {
        // SAFETY: the caller saw to it that length bytes lie between the tail and the segment's end.
        var start = _log.Start + _tail;
        *(RecordLayout*)start = new RecordLayout
        {
            Length = length,
            Kind = (int)kind,
            PayloadLength = payload.Length,
            DetailsLength = details.Length,
            ParentSlot = info.Parent?.Slot ?? RecordLayout.NoParent,
            ParentOrdinal = info.Parent?.Ordinal ?? RecordLayout.NoParent,
            ExecutionNanoseconds = info.ExecutionNanoseconds,
            Executions = info.Executions,
            Milliseconds = info.Milliseconds,
            Edges = info.Edges,
            Operations = info.Operations,
        };
        TProbe.Reached(ClaimStep.HeaderWritten);
        payload.CopyTo(new Span<byte>(start + RecordLayout.Size, payload.Length));
        details.CopyTo(new Span<byte>(start + RecordLayout.Size + RecordLayout.Padded(payload.Length), details.Length));
        TProbe.Reached(ClaimStep.RecordWritten);
    }

    private void Commit<TProbe>(int length) where TProbe : struct, IProbe<ClaimStep>
    {
        _tail += length;
        _ordinal++;
        _log.SharedTail = _tail;
        TProbe.Reached(ClaimStep.TailSet);
    }

    private static ShMemException NotNew(ShMem segment) => new(ShMemError.Invalid, $"lay out {segment.Id} as {LogSegment.What}",
        "it holds one already", "Create a new segment.");
}
