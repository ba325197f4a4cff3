using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// Sessions, signals and descriptors of processes: setsid(2), kill(2), dup2(2), fcntl(2). Signal numbers from signal(7), equal on Linux (x86, ARM)
/// and macOS; fcntl commands from linux/fcntl.h and macOS's sys/fcntl.h.
/// </summary>
internal static partial class LibcProcess
{
    public const int SIGKILL = 9;

    /// <summary>errno-base.h: no such process or process group.</summary>
    public const int ESRCH = 3;

    private const int F_SETFD = 2;
    private const int FD_CLOEXEC = 1;

    /// <summary>Makes the caller the leader of a new session and process group. Fails with EPERM where it leads a group already.</summary>
    [LibraryImport("libc", EntryPoint = "setsid", SetLastError = true)]
    public static partial int SetSid();

    /// <summary>Signals a process, or with a negative number a process group. Signal 0 only asks whether there is one.</summary>
    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int pid, int signal);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Dup2(int from, int to);

    /// <summary>Duplicates a descriptor to the lowest free number from <paramref name="lowest"/> up; no child inherits it.</summary>
    /// <returns>The new descriptor, which the caller owns, or -1 with errno set.</returns>
    public static int DuplicateForUs(int descriptor, int lowest) =>
        Control(descriptor, !OperatingSystem.IsMacOS() ? LinuxNumbers.F_DUPFD_CLOEXEC : MacOSNumbers.F_DUPFD_CLOEXEC, lowest);

    /// <summary>Keeps children from inheriting a descriptor that came without CLOEXEC.</summary>
    public static void CloseOnExec(int descriptor) => _ = Control(descriptor, F_SETFD, FD_CLOEXEC);

    private static int Control(int descriptor, int command, int argument) =>
        AppleArm64.IsHere
            ? ControlPadded(descriptor, command, 0, 0, 0, 0, 0, 0, argument)
            : ControlPlain(descriptor, command, argument);

    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int ControlPlain(int descriptor, int command, int argument);

    /// <summary>fcntl is variadic: see <see cref="AppleArm64"/>.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int ControlPadded(int descriptor, int command, nint r2, nint r3, nint r4, nint r5, nint r6, nint r7, nint argument);
}
