namespace Shmem.Backends.Signals;

/// <summary>The steps of a signal and a mutex, for the tests that kill a process at each.</summary>
internal enum SignalStep
{
    /// <summary>Signal: the version is counted, nobody is woken yet.</summary>
    Counted,

    /// <summary>Both: the word says that somebody sleeps.</summary>
    Marked,

    /// <summary>Mutex: it is owned.</summary>
    Owned,

    /// <summary>Mutex: it is free, nobody is woken yet.</summary>
    Freed,
}
