namespace Shmem.Backends.Corpus;

/// <summary>What a dead writer had left of its last claim.</summary>
public enum RecoverResult
{
    /// <summary>It was not in a claim, or its record was committed already.</summary>
    Nothing,

    /// <summary>The record was complete and is committed now.</summary>
    Committed,

    /// <summary>
    /// A claim was begun, but its record is malformed. A writer of ours cannot leave this at any step, so something else wrote into the segment; nothing
    /// was committed.
    /// </summary>
    Refused,
}
