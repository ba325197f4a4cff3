namespace Shmem.Actors.Workers;

/// <summary>How a process ended, as the operating system told it.</summary>
/// <param name="ExitCode">
/// Its exit code; 128 + n where signal n killed it. The runtime does not tell that apart from an exit with such a code.
/// </param>
/// <param name="Cause">Who ended it.</param>
/// <param name="KilledFor">Why we killed it; null where we did not.</param>
/// <param name="Stderr">What it wrote to its standard error, UTF-8; of more than 1 MiB the first and the last half.</param>
public sealed record WorkerExit(int ExitCode, WorkerExitCause Cause, string? KilledFor, string Stderr)
{
    private const int FirstSignalCode = 128;
    private const int LastSignal = 64;

    /// <summary>What kind of death it was, as <see cref="IWorkerApplication.KindOf"/> says; null where that says nothing, or was not asked.</summary>
    public string? Kind { get; init; }

    /// <summary>The signal that killed it, by its number; null where its exit code is an ordinary one.</summary>
    public int? Signal => !OperatingSystem.IsWindows() && ExitCode is > FirstSignalCode and <= FirstSignalCode + LastSignal
        ? ExitCode - FirstSignalCode
        : null;

    /// <summary>One phrase for people, such as <c>killed by SIGABRT</c> or <c>exited with code 3</c>.</summary>
    public string Describe() => (KilledFor, Signal) switch
    {
        ({ } reason, _) => $"killed: {reason}",
        (null, { } signal) => $"killed by {SignalName(signal)}",
        _ => $"exited with code {ExitCode}",
    };

    // signal(7), the numbers of Linux on x86 and ARM.
    private static string SignalName(int signal) => signal switch
    {
        1 => "SIGHUP",
        2 => "SIGINT",
        3 => "SIGQUIT",
        4 => "SIGILL",
        5 => "SIGTRAP",
        6 => "SIGABRT",
        7 => "SIGBUS",
        8 => "SIGFPE",
        9 => "SIGKILL",
        11 => "SIGSEGV",
        13 => "SIGPIPE",
        15 => "SIGTERM",
        24 => "SIGXCPU",
        25 => "SIGXFSZ",
        31 => "SIGSYS",
        _ => $"signal {signal}",
    };
}
