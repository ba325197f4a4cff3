using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// Error numbers: those that Linux (asm-generic/errno-base.h) and macOS (sys/errno.h) have in common, and the system's own where they differ.
/// </summary>
internal static class LibcErrno
{
    public const int EPERM = 1;
    public const int ENOENT = 2;
    public const int EINTR = 4;
    public const int ENXIO = 6;
    public static int EAGAIN => !OperatingSystem.IsMacOS() ? LinuxNumbers.EAGAIN : MacOSNumbers.EAGAIN;
    public const int ENOMEM = 12;
    public const int EACCES = 13;
    public const int EEXIST = 17;
    public const int ENOTDIR = 20;
    public const int EISDIR = 21;
    public const int EINVAL = 22;
    public const int ENFILE = 23;
    public const int EMFILE = 24;
    public const int EFBIG = 27;
    public const int ENOSPC = 28;
    public const int EROFS = 30;
    public const int EPIPE = 32;
    public static int ENOSYS => !OperatingSystem.IsMacOS() ? LinuxNumbers.ENOSYS : MacOSNumbers.ENOSYS;
    public static int ELOOP => !OperatingSystem.IsMacOS() ? LinuxNumbers.ELOOP : MacOSNumbers.ELOOP;
    public static int EIDRM => !OperatingSystem.IsMacOS() ? LinuxNumbers.EIDRM : MacOSNumbers.EIDRM;
    public static int ECONNRESET => !OperatingSystem.IsMacOS() ? LinuxNumbers.ECONNRESET : MacOSNumbers.ECONNRESET;
    public static int ETIMEDOUT => !OperatingSystem.IsMacOS() ? LinuxNumbers.ETIMEDOUT : MacOSNumbers.ETIMEDOUT;

    /// <summary>
    /// Passes a call's result on and, where it is -1, keeps errno for <see cref="Marshal.GetLastPInvokeError"/>, as SetLastError of LibraryImport
    /// does; but that touches errno around every call, at some 50 to 90 ns, and this only where one failed. To be wrapped around the call itself.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Keep(int result)
    {
        if (result == -1) Marshal.SetLastPInvokeError(Marshal.GetLastSystemError());
        return result;
    }

    /// <inheritdoc cref="Keep(int)"/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Keep(nint result)
    {
        if (result == -1) Marshal.SetLastPInvokeError(Marshal.GetLastSystemError());
        return result;
    }
}
