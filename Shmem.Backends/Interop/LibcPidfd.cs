using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>pidfd_open(2), in Linux since 5.3, and poll(2) on what it returns. The number is the same on every architecture (asm-generic/unistd.h); poll.h.</summary>
internal static partial class LibcPidfd
{
    private const int SYS_pidfd_open = 434;

    /// <summary>A descriptor for a process, which need not be a child; CLOEXEC always.</summary>
    /// <returns>The descriptor, which the caller owns, or -1 with errno set: ESRCH where there is no such process.</returns>
    public static int Open(int pid) => (int)SystemCall(SYS_pidfd_open, pid, 0);

    /// <summary>Waits until the process is dead, also if nobody has reaped it.</summary>
    /// <returns>False when it could not be waited for, with errno set: EINTR asks to try again.</returns>
    public static bool WaitForExit(int pidfd)
    {
        var entry = new PollEntry(pidfd, LibcSocket.POLLIN);
        return Poll(ref entry, 1, -1) == 1;
    }

    /// <summary>syscall(2): glibc has a function for it only since 2.36. It is variadic, which changes nothing on Linux.</summary>
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    private static partial int Poll(ref PollEntry entry, nuint count, int milliseconds);
}
