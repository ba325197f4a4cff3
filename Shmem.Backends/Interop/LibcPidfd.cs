using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Shmem.Backends.Interop;

/// <summary>
/// pidfd_open(2), in Linux since 5.3, and on what it returns poll(2) and pidfd_getfd(2), since 5.6. The numbers are the same on every architecture
/// (asm-generic/unistd.h); poll.h.
/// </summary>
internal static partial class LibcPidfd
{
    private const int SYS_pidfd_open = 434;
    private const int SYS_pidfd_getfd = 438;

    /// <summary>A descriptor for a process, which need not be a child; CLOEXEC always.</summary>
    /// <returns>The descriptor, which the caller owns, or -1 with errno set: ESRCH where there is no such process.</returns>
    [UnsupportedOSPlatform("macos")]
    public static int Open(int pid) => (int)SystemCall(SYS_pidfd_open, pid, 0);

    /// <summary>A descriptor of our own for the open file behind one of that process; CLOEXEC always.</summary>
    /// <returns>
    /// An invalid one with errno set: EPERM without the right to trace the process (ptrace(2), PTRACE_MODE_ATTACH_REALCREDS), ESRCH where it is dead,
    /// EBADF where it has no such descriptor, ENOSYS.
    /// </returns>
    [UnsupportedOSPlatform("macos")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Descriptor Copy(int pidfd, int descriptor) => new((int)LibcErrno.Keep(SystemCall3(SYS_pidfd_getfd, pidfd, descriptor, 0)));

    /// <summary>Waits until the process is dead, also if nobody has reaped it.</summary>
    /// <param name="pidfd">Of the process.</param>
    /// <param name="milliseconds">The longest wait; -1 for none.</param>
    /// <returns>False when it was not waited for long enough, or could not be, with errno set: EINTR asks to try again.</returns>
    public static bool WaitForExit(int pidfd, int milliseconds = -1)
    {
        Span<PollEntry> entries = [new PollEntry(pidfd, LibcSocket.POLLIN)];
        return LibcSocket.Poll(entries, milliseconds) == 1;
    }

    /// <summary>syscall(2): glibc has a function for it only since 2.36. It is variadic, which changes nothing on Linux; macOS has none of these calls.</summary>
    [UnsupportedOSPlatform("macos")]
    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second);

    [UnsupportedOSPlatform("macos")]
    [LibraryImport("libc", EntryPoint = "syscall")]
    private static partial nint SystemCall3(nint number, nint first, nint second, nint third);
}
