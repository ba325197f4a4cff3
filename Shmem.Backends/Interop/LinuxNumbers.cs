using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// The numbers of Linux that macOS has others for, or that it alone has: <see cref="MacOSNumbers"/> is the other table. From asm-generic/errno.h,
/// asm-generic/fcntl.h, linux/fcntl.h, asm-generic/mman-common.h, asm-generic/resource.h, asm-generic/socket.h and bits/socket.h, equal on every 64-bit
/// architecture that .NET runs on unless said otherwise. Compared with a C program.
/// </summary>
internal static class LinuxNumbers
{
    public const int EAGAIN = 11;
    public const int ENOSYS = 38;
    public const int ELOOP = 40;
    public const int EIDRM = 43;
    public const int ECONNRESET = 104;
    public const int ETIMEDOUT = 110;

    public const int O_CREAT = 0x40;
    public const int O_EXCL = 0x80;
    public const int O_NOCTTY = 0x100;
    public const int O_NONBLOCK = 0x800;
    public const int O_CLOEXEC = 0x80000;
    public const int AT_FDCWD = -100;
    public const int F_DUPFD_CLOEXEC = 1030;

    /// <summary>ARM64 has a number of its own.</summary>
    public static int O_DIRECTORY { get; } = IsArm ? 0x4000 : 0x10000;

    /// <inheritdoc cref="O_DIRECTORY"/>
    public static int O_NOFOLLOW { get; } = IsArm ? 0x8000 : 0x20000;

    public const int MAP_ANONYMOUS = 0x20;

    public const int SOL_SOCKET = 1;
    public const int MSG_DONTWAIT = 0x40;
    public const int MSG_NOSIGNAL = 0x4000;
    public const int MSG_CTRUNC = 8;
    public const int MSG_CMSG_CLOEXEC = 0x40000000;
    public const int SO_PEERCRED = 17;

    public const int RLIMIT_NOFILE = 7;

    private static bool IsArm => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm;
}
