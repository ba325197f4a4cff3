namespace Shmem.Backends.Corpus;

/// <summary>The limits of corpus logs, and what is done to one after its writer's death.</summary>
/// <remarks>
/// A log belongs to a worker slot. It has one writer and any number of readers, and is a chain of segments, the last record of a full one being a link to the
/// next. See <see cref="CorpusLogWriter"/> for the order of a claim.
/// </remarks>
public static unsafe class CorpusLog
{
    /// <summary>Bytes of a log's segment unless there is a reason for another size: 16 MiB.</summary>
    public const long DefaultSegment = 16 << 20;

    /// <summary>Bytes of the smallest segment: 4096. A record of the greatest size needs <see cref="MostPayload"/> + <see cref="MostDetails"/> + 512.</summary>
    public const long SmallestSegment = 4096;

    /// <summary>Most bytes of a test case: 1 MiB.</summary>
    public const int MostPayload = 1 << 20;

    /// <summary>Most bytes of a finding's details: 64 KiB.</summary>
    public const int MostDetails = 64 << 10;

    /// <summary>
    /// Finishes the claim of a writer that is dead, and makes the log ready for <see cref="CorpusLogWriter.Open"/>. Call it when the operating system has said
    /// that the writer is gone, and from one process only. Repeating it changes nothing.
    /// </summary>
    /// <param name="segment">Any segment of the log, best the last known. The caller keeps and disposes it.</param>
    /// <param name="open">Opens the segments behind it; what it returns is disposed here.</param>
    /// <exception cref="ShMemException">The log is damaged, or <paramref name="open"/> threw it.</exception>
    public static RecoverResult Recover(ShMem segment, Func<ShMemDescription, ShMem> open)
    {
        ArgumentNullException.ThrowIfNull(segment);
        ArgumentNullException.ThrowIfNull(open);
        using var log = LogSegment.OpenLast(segment, open, out _, out var tail);
        var pending = log.Pending;
        var result = RecoverResult.Nothing;
        if (pending > tail)
        {
            // Some of its buckets may be on the board, so it is committed even if none is: an entry too many costs one execution.
            result = RecoverResult.Refused;
            if (pending <= log.Length - LogSegment.LinkLength
                && RecordLayout.TryRead(log.Start + tail, pending - tail, out var length, out var kind, out _, out _)
                && length == pending - tail && kind != RecordKind.Link)
            {
                log.SharedTail = pending;
                result = RecoverResult.Committed;
            }
        }
        else if (pending != 0 && pending != tail)
        {
            result = RecoverResult.Refused;
        }

        log.Pending = 0;
        return result;
    }
}
