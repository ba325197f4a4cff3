namespace Shmem.Backends.Lifetime;

/// <summary>What came of a change to a <see cref="LeaseTable"/>. All from <see cref="NoSuchSegment"/> on are refusals, which changed nothing.</summary>
internal enum LeaseOutcome
{
    /// <summary>The lease is new.</summary>
    Granted,

    /// <summary>The lease was held before; it is the same one.</summary>
    AlreadyHeld,

    /// <summary>The lease has ended; others hold the segment.</summary>
    Released,

    /// <summary>The lease has ended and was the last: the segment is gone from the table and is to be freed.</summary>
    Freed,

    /// <summary>No such segment lives.</summary>
    NoSuchSegment,

    /// <summary>The holder has no lease on it.</summary>
    NotHeld,

    /// <summary>The operating system has said that the holder's process is gone; this came late.</summary>
    HolderIsGone,

    /// <summary>A segment of that id lives already.</summary>
    Exists,
}
