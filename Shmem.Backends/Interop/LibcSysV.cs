using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>System V shared memory: shmget(2), shmat(2), shmdt(2), shmctl(2). Constants from linux/ipc.h and linux/shm.h; macOS has the same in sys/ipc.h and sys/shm.h.</summary>
internal static partial class LibcSysV
{
    public const int IPC_PRIVATE = 0;
    public const int IPC_CREAT = 0x200;
    public const int IPC_EXCL = 0x400;
    public const int IPC_RMID = 0;
    private const int IPC_STAT = 2;
    public const int SHM_RDONLY = 0x1000;
    private const int SHM_INFO = 14;

    /// <summary>What shmat returns on failure.</summary>
    public const nint Failed = -1;

    [LibraryImport("libc", EntryPoint = "shmget", SetLastError = true)]
    public static partial int Get(int key, nuint size, int flags);

    [LibraryImport("libc", EntryPoint = "shmat", SetLastError = true)]
    public static partial nint Attach(int id, nint address, int flags);

    [LibraryImport("libc", EntryPoint = "shmdt", SetLastError = true)]
    public static partial int Detach(nint address);

    [LibraryImport("libc", EntryPoint = "shmctl", SetLastError = true)]
    public static partial int Control(int id, int command, nint nothing);

    /// <summary>What the system says of a segment. 0, or -1 with errno set.</summary>
    public static int Status(int id, out SysVStatus status)
    {
        if (!OperatingSystem.IsMacOS()) return Control(id, IPC_STAT, out status);
        var result = Control(id, IPC_STAT, out MacSysVStatus found);
        status = found.ToSysVStatus();
        return result;
    }

    [LibraryImport("libc", EntryPoint = "shmctl", SetLastError = true)]
    private static partial int Control(int id, int command, out SysVStatus status);

    [LibraryImport("libc", EntryPoint = "shmctl", SetLastError = true)]
    private static partial int Control(int id, int command, out MacSysVStatus status);

    /// <summary>What there is of segments in this ipc namespace (Linux only). Negative with errno set on failure.</summary>
    public static int Usage(out SysVUsage usage) => Control(0, SHM_INFO, out usage);

    [LibraryImport("libc", EntryPoint = "shmctl", SetLastError = true)]
    private static partial int Control(int id, int command, out SysVUsage usage);
}
