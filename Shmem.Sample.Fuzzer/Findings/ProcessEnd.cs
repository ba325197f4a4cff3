namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// How a process ended, as .NET's <see cref="System.Diagnostics.Process.ExitCode"/> tells it: on Unix 128 + n for signal n, on Windows the code of the
/// exception that ended it. A process that exits with such a number by itself cannot be told from a killed one.
/// </summary>
internal readonly record struct ProcessEnd(int ExitCode)
{
    // SIGRTMAX on Linux.
    private const int LastSignal = 64;
    private const int Abort = 6;

    /// <summary>The signal that ended it, or 0.</summary>
    public int Signal => ExitCode is > 128 and <= 128 + LastSignal ? ExitCode - 128 : 0;

    /// <summary>Whether the runtime ended it, as after every error that it reports on stderr: by SIGABRT, or on Windows by an exception.</summary>
    public bool IsAbort => Signal == Abort || IsException;

    /// <summary>
    /// The error codes of Windows (ntstatus.h: 0xC…, such as STATUS_FAIL_FAST_EXCEPTION) and of the runtime (corerror.h: 0x8013…; 0xE0434352 for an
    /// exception that nobody caught). No process of Unix ends with so large a number.
    /// </summary>
    private bool IsException => (uint)ExitCode is >= 0xC000_0000 and <= 0xEFFF_FFFF or >= 0x8013_0000 and <= 0x8013_FFFF;
}
