namespace Shmem.Actors.Workers;

/// <summary>How far a process had come when it ended.</summary>
public enum ProcessVerdict
{
    /// <summary>It had not completed one execution: something is wrong with the program or its settings. The next start waits, ever longer.</summary>
    BeforeFirstExecution,

    /// <summary>It had worked; that it died is its job, and another takes over at once.</summary>
    AfterFirstExecution,

    /// <summary>It had worked, but ended by a fault of its own program and none of its job's: another may meet the same. The next start waits as well.</summary>
    Failed,
}
