namespace Shmem.Backends.Corpus;

/// <summary>How a claim ended.</summary>
public enum ClaimResult
{
    /// <summary>Somebody else was first with every bucket: nothing was recorded.</summary>
    Dropped,

    /// <summary>The claim owns at least one bucket, and its record stands in the log.</summary>
    Committed,

    /// <summary>
    /// The record does not fit and there is no next segment: neither board nor log was touched. Claim again after
    /// <see cref="CorpusLogWriter.SetNext"/>.
    /// </summary>
    NoRoom,
}
