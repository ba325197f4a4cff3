using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace Shmem.Backends.Interop;

/// <summary>Who may trace this process: prctl(2), linux/prctl.h.</summary>
internal static partial class LibcTracing
{
    private const int PR_SET_PTRACER = 0x59616d61;

    /// <summary>
    /// Lets this process's parent trace it, and whatever that starts. Where Yama restricts tracing to ancestors (its scope 1), nobody else of this user could
    /// (Documentation/admin-guide/LSM/Yama.rst); a kernel without Yama knows of no such exception, and needs none.
    /// </summary>
    [UnsupportedOSPlatform("macos")]
    public static void AllowParent() => _ = Control(PR_SET_PTRACER, Parent(), 0, 0, 0);

    /// <summary>It is variadic, which changes nothing on Linux; macOS has no such call.</summary>
    [UnsupportedOSPlatform("macos")]
    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int Control(int option, nint argument, nint a3, nint a4, nint a5);

    [LibraryImport("libc", EntryPoint = "getppid")]
    private static partial int Parent();
}
