namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>How an execution of the target ended that should not have ended so. The numbers stand in corpus logs: never reuse one.</summary>
internal enum FindingKind
{
    /// <summary>An exception left the target method; the process lives.</summary>
    Exception = 1,

    /// <summary>An exception nobody caught on another thread; the process died.</summary>
    UnhandledException = 2,

    /// <summary>The stack overflowed.</summary>
    StackOverflow = 3,

    /// <summary>Memory outside every mapping was touched.</summary>
    AccessViolation = 4,

    /// <summary>The target called <see cref="Environment.FailFast(string)"/>, or the runtime did.</summary>
    FailFast = 5,

    /// <summary>The target ended the process with <see cref="Environment.Exit"/>.</summary>
    Exit = 6,

    /// <summary>A signal that nobody of ours sent killed the process.</summary>
    Signal = 7,

    /// <summary>The memory limit was met.</summary>
    OutOfMemory = 8,

    /// <summary>One execution took longer than the time limit, and did so again alone with a longer one.</summary>
    Hang = 9,

    /// <summary>It needs an assembly that its folder lacks: the user is told, and nothing is saved.</summary>
    MissingDependency = 10,
}
