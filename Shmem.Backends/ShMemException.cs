using System.Runtime.InteropServices;

namespace Shmem.Backends;

/// <summary>A call on shared memory failed. The message names the operation, the reason and what to do about it.</summary>
public sealed class ShMemException : IOException
{
    /// <summary>A failure that no system call reported.</summary>
    /// <param name="error">The reason, for code.</param>
    /// <param name="operation">What was tried, such as <c>open memfd:12.3.456</c>.</param>
    /// <param name="why">The reason, for people.</param>
    /// <param name="remedy">What to do about it, as a whole sentence.</param>
    public ShMemException(ShMemError error, string operation, string why, string remedy)
        : base($"{operation}: {why}. {remedy}")
    {
        Error = error;
        Operation = operation;
        Why = why;
        Remedy = remedy;
    }

    private ShMemException(ShMemError error, string operation, int errno, string remedy)
        : base($"{operation}: {Marshal.GetPInvokeErrorMessage(errno).TrimEnd('.')} ({NumberIsOf} {errno}). {remedy}")
    {
        Error = error;
        Operation = operation;
        Why = "";
        Errno = errno;
        Remedy = remedy;
    }

    /// <summary>The reason, for code that decides what to do next.</summary>
    public ShMemError Error { get; }

    /// <summary>The system call, or the step, that failed.</summary>
    public string Operation { get; }

    /// <summary>The error number of the system call (on Windows GetLastError's); 0 where none was made.</summary>
    public int Errno { get; }

    /// <summary>What to do about it.</summary>
    public string Remedy { get; }

    /// <summary>The reason, for people; empty where <see cref="Errno"/> says it.</summary>
    internal string Why { get; }

    private static string NumberIsOf => OperatingSystem.IsWindows() ? "Win32 error" : "errno";

    internal static ShMemException Os(ShMemError error, string operation, int errno, string remedy) =>
        new(error, operation, errno, remedy);
}
