namespace Shmem.Backends.Coverage;

/// <summary>Which of a board's three maps is meant. The numbers are places in shared memory.</summary>
public enum BoardKind
{
    /// <summary>What the entries of the queue have reached.</summary>
    Queue = 0,

    /// <summary>What executions that crashed have reached.</summary>
    Crash = 1,

    /// <summary>What executions that hung have reached.</summary>
    Hang = 2,
}
