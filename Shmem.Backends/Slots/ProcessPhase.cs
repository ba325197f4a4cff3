namespace Shmem.Backends.Slots;

/// <summary>What a worker process is doing. The numbers stand in shared memory.</summary>
public enum ProcessPhase
{
    /// <summary>Nothing for an execution.</summary>
    Idle = 0,

    /// <summary>Making the next test cases, or putting one into the input ring.</summary>
    Mutating = 1,

    /// <summary>Running the target, or asking it about an exception that has left it.</summary>
    Running = 2,

    /// <summary>Comparing the map with the board, and clearing it where nothing is new.</summary>
    Judging = 3,

    /// <summary>Claiming what was new.</summary>
    Claiming = 4,

    /// <summary>Ending of its own accord, so that another process goes on in its slot.</summary>
    Restarting = 5,
}
