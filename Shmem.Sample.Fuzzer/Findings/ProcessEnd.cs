namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// How a process ended, as .NET's <see cref="System.Diagnostics.Process.ExitCode"/> tells it on Unix: 128 + n for signal n. A process that
/// exits with such a number by itself cannot be told from a killed one.
/// </summary>
internal readonly record struct ProcessEnd(int ExitCode)
{
    // SIGRTMAX on Linux.
    private const int LastSignal = 64;
    private const int Abort = 6;

    /// <summary>The signal that ended it, or 0.</summary>
    public int Signal => ExitCode is > 128 and <= 128 + LastSignal ? ExitCode - 128 : 0;

    /// <summary>Whether it ended by SIGABRT, as the runtime ends itself after every error that it reports on stderr.</summary>
    public bool IsAbort => Signal == Abort;
}
