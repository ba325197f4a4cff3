namespace Shmem.Backends.Signals;

/// <summary>How an attempt to enter a <see cref="SharedMutex"/> ended.</summary>
public enum MutexEntry
{
    /// <summary>Not entered: the time limit is over.</summary>
    TimedOut,

    /// <summary>Entered.</summary>
    Entered,

    /// <summary>Entered, but the last owner died inside: what the mutex guards may be half done. Repair it before leaving; the next owner is not told again.</summary>
    Abandoned,
}
