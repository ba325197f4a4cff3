using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// Limits of this process, getrlimit(2), and of macOS, sysctlbyname(3).
/// </summary>
internal static partial class LibcLimits
{
    public static int RLIMIT_NOFILE => !OperatingSystem.IsMacOS() ? LinuxNumbers.RLIMIT_NOFILE : MacOSNumbers.RLIMIT_NOFILE;

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int Get(int resource, out Limit limit);

    /// <summary>How many open files this process may have; null where the system does not say. Needs no descriptor itself.</summary>
    public static ulong? OpenFiles => Get(RLIMIT_NOFILE, out var limit) == 0 ? limit.Soft : null;

    /// <summary>Reads a number of macOS's, of 4 or 8 bytes. False where there is none of that name.</summary>
    public static bool TrySysctl(string name, out ulong value)
    {
        value = 0;
        nuint length = sizeof(ulong);
        // SAFETY: the system writes at most length bytes; one of 4 bytes leaves the upper ones zero on these little-endian machines.
        return SysctlByName(name, ref value, ref length, 0, 0) == 0;
    }

    [LibraryImport("libc", EntryPoint = "sysctlbyname", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int SysctlByName(string name, ref ulong value, ref nuint length, nint newValue, nuint newLength);

    /// <summary><c>struct rlimit</c> of 64-bit Linux.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private readonly struct Limit
    {
        public readonly ulong Soft;
        public readonly ulong Hard;
    }
}
