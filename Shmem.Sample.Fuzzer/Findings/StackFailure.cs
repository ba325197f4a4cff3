namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>Why a process's stacks could not be read. The finding is saved without a frame.</summary>
internal enum StackFailure
{
    /// <summary>No such process (any more).</summary>
    NoSuchProcess = 1,

    /// <summary>It runs no .NET, or none that we can read.</summary>
    NotManaged = 2,

    /// <summary>The operating system or the debugging library refused: ptrace scope, another user, another debugger.</summary>
    Refused = 3,

    /// <summary>Reading took longer than its limit.</summary>
    TimedOut = 4,

    /// <summary>The helper process ended without an answer.</summary>
    HelperFailed = 5,

    /// <summary>The stacks were read, but no thread runs the target.</summary>
    NoTargetThread = 6,
}
