using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>
/// Descriptors: openat(2), ftruncate(2), posix_fallocate(3), statx(2), fcntl(2). Constants from asm-generic/fcntl.h and linux/fcntl.h, equal on
/// x64 and ARM64.
/// </summary>
internal static partial class LibcFile
{
    public const int O_RDONLY = 0;
    public const int O_RDWR = 2;
    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;

    /// <summary>Where O_DIRECTORY is 0x10000 on x64, ARM64 has 0x4000.</summary>
    public static int O_DIRECTORY { get; } = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x4000 : 0x10000;

    /// <summary>Where O_NOFOLLOW is 0x20000 on x64, ARM64 has 0x8000.</summary>
    public static int O_NOFOLLOW { get; } = RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x8000 : 0x20000;

    public const int AT_FDCWD = -100;

    public const int F_ADD_SEALS = 1033;
    public const int F_GET_SEALS = 1034;
    public const int F_SEAL_SEAL = 1;
    public const int F_SEAL_SHRINK = 2;
    public const int F_SEAL_GROW = 4;

    private const int AT_EMPTY_PATH = 0x1000;
    private const uint STATX_TYPE = 1;
    private const uint STATX_MODE = 2;
    private const uint STATX_UID = 8;
    private const uint STATX_SIZE = 0x200;
    private const uint STATX_INO = 0x100;

    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle OpenAt(int directory, string path, int flags, int mode);

    /// <summary>Opens a file in a directory, whose handle the caller holds. The path ends with a NUL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Descriptor OpenIn(int directory, scoped ReadOnlySpan<byte> path, int flags) =>
        new(LibcErrno.Keep(OpenFile(directory, in path[0], flags, 0)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Close(int file) => LibcErrno.Keep(CloseFile(file));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Truncate(int file, long length) => LibcErrno.Keep(TruncateFile(file, length));

    /// <summary>Returns the error number; errno is not set (posix_fallocate(3)).</summary>
    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    public static partial int Allocate(int file, long offset, long length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Control(int file, int command, int argument) => LibcErrno.Keep(ControlFile(file, command, argument));

    /// <summary>Type, size, inode and device of an open file. statx, because its layout is the same on every architecture.</summary>
    /// <returns>0, or -1 with errno set.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Status(Descriptor file, out FileStatus status) =>
        LibcErrno.Keep(StatX(file.Number, in "\0"u8[0], AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE | STATX_INO, out status));

    /// <summary>Type, permissions, owner, size, inode and device of a file whose handle is kept.</summary>
    /// <returns>0, or -1 with errno set.</returns>
    public static int Status(SafeFileHandle file, out FileStatus status)
    {
        var held = false;
        try
        {
            file.DangerousAddRef(ref held);
            return LibcErrno.Keep(StatX((int)file.DangerousGetHandle(), in "\0"u8[0], AT_EMPTY_PATH,
                STATX_TYPE | STATX_MODE | STATX_UID | STATX_SIZE | STATX_INO, out status));
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    /// <summary>True for a file of the user that this process runs as. False where it is gone.</summary>
    public static bool IsOwnedByThisUser(string path)
    {
        using var file = OpenAt(AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK, 0);
        return !file.IsInvalid && StatX((int)file.DangerousGetHandle(), in "\0"u8[0], AT_EMPTY_PATH, STATX_UID, out var status) == 0
            && status.User == EffectiveUser();
    }

    [LibraryImport("libc", EntryPoint = "openat")]
    private static partial int OpenFile(int directory, ref readonly byte path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int file);

    [LibraryImport("libc", EntryPoint = "ftruncate")]
    private static partial int TruncateFile(int file, long length);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(int file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int StatX(int file, ref readonly byte path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();
}
