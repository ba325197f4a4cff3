namespace Shmem.Backends.Interop;

/// <summary>
/// The numbers of macOS that Linux has others for: <see cref="LinuxNumbers"/> is the other table. From its sys/errno.h, sys/fcntl.h, sys/mman.h,
/// sys/socket.h and sys/resource.h, the same on x64 and ARM64. MacOSTests has what these headers say.
/// </summary>
internal static class MacOSNumbers
{
    public const int EAGAIN = 35;
    public const int ECONNRESET = 54;
    public const int ETIMEDOUT = 60;
    public const int ELOOP = 62;
    public const int ENOSYS = 78;
    public const int EIDRM = 90;

    public const int O_NONBLOCK = 4;
    public const int O_NOFOLLOW = 0x100;
    public const int O_CREAT = 0x200;
    public const int O_EXCL = 0x800;
    public const int O_NOCTTY = 0x20000;
    public const int O_DIRECTORY = 0x100000;
    public const int O_CLOEXEC = 0x1000000;
    public const int AT_FDCWD = -2;
    public const int F_DUPFD_CLOEXEC = 67;

    public const int MAP_ANONYMOUS = 0x1000;

    public const int SOL_SOCKET = 0xFFFF;
    public const int MSG_CTRUNC = 0x20;
    public const int MSG_DONTWAIT = 0x80;

    public const int RLIMIT_NOFILE = 8;
}
