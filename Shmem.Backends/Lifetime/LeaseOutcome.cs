namespace Shmem.Backends.Lifetime;

/// <summary>What came of a change to a ledger. All from <see cref="NoSuchSegment"/> on are refusals, which changed nothing.</summary>
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

    /// <summary>A step of a fork or a restart was taken.</summary>
    Done,

    /// <summary>That step had been taken before, by the same process.</summary>
    AlreadyDone,

    /// <summary>No such segment lives.</summary>
    NoSuchSegment,

    /// <summary>The holder has no lease on it.</summary>
    NotHeld,

    /// <summary>The operating system has said that the holder's process is gone; this came late.</summary>
    HolderIsGone,

    /// <summary>A segment of that id lives already, or its bytes must not be reused yet.</summary>
    Exists,

    /// <summary>A time limit is out of its range.</summary>
    BadLimit,

    /// <summary>The holder has announced as many forks as it may at a time.</summary>
    TooManyForks,

    /// <summary>The token was never given, or has ended.</summary>
    NoSuchFork,

    /// <summary>Another process announced the fork.</summary>
    NotTheParent,

    /// <summary>The token is another process's.</summary>
    NotTheChild,

    /// <summary>The child has claimed the fork already: it cannot be taken back.</summary>
    AlreadyClaimed,

    /// <summary>That process announced no restart, or what was reserved has been acknowledged or has timed out.</summary>
    NoSuchRestart,

    /// <summary>Another process has succeeded it, and lives.</summary>
    NotTheSuccessor,
}
