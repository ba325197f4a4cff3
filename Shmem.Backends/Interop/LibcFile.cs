using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>
/// Descriptors: openat(2), ftruncate(2), posix_fallocate(3), statx(2), fcntl(2), flock(2), link(2). Constants of linux/fcntl.h, linux/stat.h and
/// sys/file.h; O_RDONLY, O_RDWR and LOCK_… are macOS's too (sys/fcntl.h).
/// </summary>
internal static partial class LibcFile
{
    public const int O_RDONLY = 0;
    public const int O_RDWR = 2;
    public static int O_CREAT => !OperatingSystem.IsMacOS() ? LinuxNumbers.O_CREAT : MacOSNumbers.O_CREAT;
    public static int O_EXCL => !OperatingSystem.IsMacOS() ? LinuxNumbers.O_EXCL : MacOSNumbers.O_EXCL;
    public static int O_NOCTTY => !OperatingSystem.IsMacOS() ? LinuxNumbers.O_NOCTTY : MacOSNumbers.O_NOCTTY;
    public static int O_NONBLOCK => !OperatingSystem.IsMacOS() ? LinuxNumbers.O_NONBLOCK : MacOSNumbers.O_NONBLOCK;
    public static int O_CLOEXEC => !OperatingSystem.IsMacOS() ? LinuxNumbers.O_CLOEXEC : MacOSNumbers.O_CLOEXEC;

    public static int O_DIRECTORY => !OperatingSystem.IsMacOS() ? LinuxNumbers.O_DIRECTORY : MacOSNumbers.O_DIRECTORY;
    public static int O_NOFOLLOW => !OperatingSystem.IsMacOS() ? LinuxNumbers.O_NOFOLLOW : MacOSNumbers.O_NOFOLLOW;
    public static int AT_FDCWD => !OperatingSystem.IsMacOS() ? LinuxNumbers.AT_FDCWD : MacOSNumbers.AT_FDCWD;

    /// <summary>S_IRUSR | S_IWUSR, the same everywhere; System V has it too.</summary>
    public const int OwnerOnly = 0x180;

    public const int LOCK_SH = 1;
    public const int LOCK_EX = 2;
    public const int LOCK_NB = 4;

    public const int F_ADD_SEALS = 1033;
    public const int F_GET_SEALS = 1034;
    public const int F_SEAL_SEAL = 1;
    public const int F_SEAL_SHRINK = 2;
    public const int F_SEAL_GROW = 4;

    /// <summary>Linux 5.1 and later.</summary>
    public const int F_SEAL_FUTURE_WRITE = 0x10;

    private const int AT_EMPTY_PATH = 0x1000;
    private const int AT_SYMLINK_NOFOLLOW = 0x100;
    private const uint STATX_TYPE = 1;
    private const uint STATX_MODE = 2;
    private const uint STATX_UID = 8;
    private const uint STATX_SIZE = 0x200;
    private const uint STATX_INO = 0x100;
    private const uint Wanted = STATX_TYPE | STATX_MODE | STATX_UID | STATX_SIZE | STATX_INO;

    /// <summary>Opens a file that is there. A new one would take a mode, which is variadic: <see cref="CreateAt"/>.</summary>
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle OpenAt(int directory, string path, int flags);

    /// <summary>Opens a new file, with O_CREAT among the flags. macOS on ARM64 would look for the mode elsewhere: see <see cref="AppleArm64"/>.</summary>
    [UnsupportedOSPlatform("macos")]
    [LibraryImport("libc", EntryPoint = "openat", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial SafeFileHandle CreateAt(int directory, string path, int flags, int mode);

    /// <summary>Opens a file in a directory, whose handle the caller holds. The path ends with a NUL.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Descriptor OpenIn(int directory, scoped ReadOnlySpan<byte> path, int flags) =>
        new(LibcErrno.Keep(OpenFile(directory, in path[0], flags)));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Close(int file) => LibcErrno.Keep(CloseFile(file));

    /// <summary>read(2).</summary>
    /// <returns>Bytes read, 0 at the end, or -1 with errno set.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static nint Read(int file, Span<byte> buffer) => LibcErrno.Keep(ReadFile(file, ref buffer[0], (nuint)buffer.Length));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Truncate(int file, long length) => LibcErrno.Keep(TruncateFile(file, length));

    /// <summary>Returns the error number; errno is not set (posix_fallocate(3)).</summary>
    [LibraryImport("libc", EntryPoint = "posix_fallocate")]
    public static partial int Allocate(int file, long offset, long length);

    /// <summary>fcntl is variadic, and macOS on ARM64 would look for the argument elsewhere: <see cref="LibcProcess"/> has it for every system.</summary>
    [UnsupportedOSPlatform("macos")]
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Control(int file, int command, int argument) => LibcErrno.Keep(ControlFile(file, command, argument));

    /// <summary>Type, mode, owner, size, inode and device of an open file. statx, because its layout is the same on every architecture.</summary>
    /// <returns>0, or -1 with errno set.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int Status(Descriptor file, out FileStatus status) => OperatingSystem.IsMacOS()
        ? MacStatus(file.Number, out status)
        : LibcErrno.Keep(StatX(file.Number, in "\0"u8[0], AT_EMPTY_PATH, Wanted, out status));

    /// <summary>Type, permissions, owner, size, inode and device of a file whose handle is kept.</summary>
    /// <returns>0, or -1 with errno set.</returns>
    public static int Status(SafeFileHandle file, out FileStatus status)
    {
        var held = false;
        try
        {
            file.DangerousAddRef(ref held);
            var number = (int)file.DangerousGetHandle();
            return OperatingSystem.IsMacOS() ? MacStatus(number, out status) : LibcErrno.Keep(
                StatX(number, in "\0"u8[0], AT_EMPTY_PATH, Wanted, out status));
        }
        finally
        {
            if (held) file.DangerousRelease();
        }
    }

    /// <summary>The same of a path, whose last part is not followed where it is a link.</summary>
    /// <returns>0, or -1 with errno set.</returns>
    public static int StatusOf(string path, out FileStatus status) => StatXOfPath(AT_FDCWD, path, AT_SYMLINK_NOFOLLOW, Wanted, out status);

    /// <summary>The user that this process acts as. It does not change while a process runs.</summary>
    public static uint ThisUser { get; } = OperatingSystem.IsWindows() ? 0 : EffectiveUser();

    /// <summary>Locks an open file; the lock belongs to the open file description, so that it ends with the last descriptor of it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="operation"><see cref="LOCK_SH"/> or <see cref="LOCK_EX"/>, with <see cref="LOCK_NB"/>.</param>
    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    public static partial int Lock(SafeFileHandle file, int operation);

    /// <summary>Gives a file a second name, which must not exist.</summary>
    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Link(string existing, string name);

    private static int MacStatus(int file, out FileStatus status)
    {
        // Under its plain name x64 has the stat of before 2007.
        var result = RuntimeInformation.ProcessArchitecture == Architecture.X64 ? StatInode64(file, out var found) : Stat(file, out found);
        status = found.ToFileStatus();
        return LibcErrno.Keep(result);
    }

    [LibraryImport("libc", EntryPoint = "fstat$INODE64")]
    private static partial int StatInode64(int file, out MacFileStatus status);

    [LibraryImport("libc", EntryPoint = "fstat")]
    private static partial int Stat(int file, out MacFileStatus status);

    [LibraryImport("libc", EntryPoint = "openat")]
    private static partial int OpenFile(int directory, ref readonly byte path, int flags);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int file);

    [LibraryImport("libc", EntryPoint = "read")]
    private static partial nint ReadFile(int file, ref byte buffer, nuint length);

    [LibraryImport("libc", EntryPoint = "ftruncate")]
    private static partial int TruncateFile(int file, long length);

    [UnsupportedOSPlatform("macos")]
    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(int file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "statx")]
    private static partial int StatX(int file, ref readonly byte path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "statx", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatXOfPath(int directory, string path, int flags, uint mask, out FileStatus status);

    [LibraryImport("libc", EntryPoint = "geteuid")]
    public static partial uint EffectiveUser();
}
