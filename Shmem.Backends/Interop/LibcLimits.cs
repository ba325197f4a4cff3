using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>Limits of this process: getrlimit(2). Constants from asm-generic/resource.h and, the second number, macOS's sys/resource.h.</summary>
internal static partial class LibcLimits
{
    public static int RLIMIT_NOFILE => !OperatingSystem.IsMacOS() ? 7 : 8;

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int Get(int resource, out Limit limit);

    /// <summary>How many open files this process may have; null where the system does not say. Needs no descriptor itself.</summary>
    public static ulong? OpenFiles => Get(RLIMIT_NOFILE, out var limit) == 0 ? limit.Soft : null;

    /// <summary><c>struct rlimit</c> of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
