namespace Shmem.Actors.Workers;

/// <summary>Who ended a process.</summary>
public enum WorkerExitCause
{
    /// <summary>The process itself, or somebody that is not us: its crash or its exit.</summary>
    Own,

    /// <summary>We, on purpose: <see cref="WorkerExit.KilledFor"/> says why.</summary>
    Killed,

    /// <summary>We, because it took longer than it may: <see cref="WorkerExit.KilledFor"/> says for what.</summary>
    TimedOut,
}
