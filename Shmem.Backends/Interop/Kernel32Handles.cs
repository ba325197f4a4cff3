using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>Handles from one process into another: DuplicateHandle. Constants from winnt.h.</summary>
[SupportedOSPlatform("windows")]
internal static partial class Kernel32Handles
{
    private const uint DUPLICATE_CLOSE_SOURCE = 1;
    private const uint DUPLICATE_SAME_ACCESS = 2;

    /// <summary>What GetCurrentProcess returns, a handle that needs no closing.</summary>
    private const nint Self = -1;

    /// <summary>Gives a process a handle of this one's section, that its children don't inherit. It is the process's from here on.</summary>
    /// <param name="section">A handle of this process.</param>
    /// <param name="process">Open for duplicating.</param>
    /// <param name="access">What the handle lets its process do, and no more.</param>
    /// <returns>The handle's number there; 0 with the last error set on failure.</returns>
    public static nint Give(SafeHandle section, SafeProcessHandle process, ShMemAccess access) =>
        DuplicateInto(Self, section, process, out var number, Kernel32Sections.Rights(access), inherit: 0, options: 0) != 0 ? number : 0;

    /// <summary>A handle of this process for what another process has a handle of. The caller owns it; invalid with the last error set on failure.</summary>
    /// <param name="process">Open for duplicating.</param>
    /// <param name="number">The handle's number there.</param>
    public static SafeFileHandle Take(SafeProcessHandle process, nint number)
    {
        _ = DuplicateFrom(process, number, Self, out var section, 0, inherit: 0, DUPLICATE_SAME_ACCESS);
        return section;
    }

    /// <summary>Closes a handle that another process was given and will never hear of.</summary>
    public static void CloseIn(SafeProcessHandle process, nint number) => _ = Close(process, number, 0, 0, 0, inherit: 0, DUPLICATE_CLOSE_SOURCE);

    /// <summary>Closes a handle of this process.</summary>
    /// <returns>0 on failure.</returns>
    [LibraryImport("kernel32", EntryPoint = "CloseHandle")]
    public static partial int Close(nint number);

    [LibraryImport("kernel32", EntryPoint = "DuplicateHandle", SetLastError = true)]
    private static partial int DuplicateInto(nint source, SafeHandle handle, SafeProcessHandle target, out nint number, uint access, int inherit, uint options);

    [LibraryImport("kernel32", EntryPoint = "DuplicateHandle", SetLastError = true)]
    private static partial int DuplicateFrom(SafeProcessHandle source, nint handle, nint target, out SafeFileHandle section, uint access, int inherit,
        uint options);

    [LibraryImport("kernel32", EntryPoint = "DuplicateHandle")]
    private static partial int Close(SafeProcessHandle source, nint handle, nint target, nint number, uint access, int inherit, uint options);
}
