using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>Whether a process lives, since when, and whether its handles can be reached. Constants from winnt.h and winbase.h.</summary>
[SupportedOSPlatform("windows")]
internal static partial class Kernel32Processes
{
    private const uint PROCESS_DUP_HANDLE = 0x40;
    private const uint PROCESS_QUERY_LIMITED_INFORMATION = 0x1000;
    private const uint SYNCHRONIZE = 0x100000;
    private const uint WAIT_OBJECT_0 = 0;

    /// <summary>A process by its pid. The caller owns the handle, which keeps the pid from being given again, and disposes it.</summary>
    /// <returns>An invalid handle with the last error set on failure: ERROR_INVALID_PARAMETER (87) where there is no such process.</returns>
    public static SafeProcessHandle Open(int pid) => OpenProcess(PROCESS_QUERY_LIMITED_INFORMATION | SYNCHRONIZE, 0, (uint)pid);

    /// <summary>A process by its pid, for handles into it and out of it. As <see cref="Open"/>.</summary>
    public static SafeProcessHandle OpenForHandles(int pid) => OpenProcess(PROCESS_DUP_HANDLE, 0, (uint)pid);

    /// <summary>When it was created, in units of 100 ns since 1601; 0 with the last error set on failure.</summary>
    public static long CreationTime(SafeProcessHandle process) => GetProcessTimes(process, out var created, out _, out _, out _) != 0 ? created : 0;

    /// <summary>True once it has ended, all its threads with it.</summary>
    public static bool HasEnded(SafeProcessHandle process) => WaitForSingleObject(process, 0) == WAIT_OBJECT_0;

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial SafeProcessHandle OpenProcess(uint access, int inherit, uint pid);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int GetProcessTimes(SafeProcessHandle process, out long created, out long exited, out long kernel, out long user);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial uint WaitForSingleObject(SafeProcessHandle handle, uint milliseconds);
}
