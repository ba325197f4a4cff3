using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>The parts of <c>struct statx</c> (linux/stat.h, 256 bytes) that we read. On macOS they are filled from <see cref="MacFileStatus"/>.</summary>
[StructLayout(LayoutKind.Explicit, Size = 256)]
internal struct FileStatus
{
    private const int S_IFMT = 0xF000;
    private const int S_IFREG = 0x8000;

    [FieldOffset(0x14)] public uint User;
    [FieldOffset(0x1C)] public ushort Mode;
    [FieldOffset(0x20)] public ulong Inode;
    [FieldOffset(0x28)] public ulong Size;
    [FieldOffset(0x88)] public uint DeviceMajor;
    [FieldOffset(0x8C)] public uint DeviceMinor;

    public readonly bool IsRegularFile => (Mode & S_IFMT) == S_IFREG;

    /// <summary>What tells one file from another: the device and the inode.</summary>
    public readonly FileIdentity Identity => new(((ulong)DeviceMajor << 32) | DeviceMinor, Inode);

    /// <summary>True for what shm_open(3) can open: a file on Linux; on macOS, where it is none, no type at all (pshm_stat of XNU's posix_shm.c).</summary>
    public readonly bool IsPosixObject => IsRegularFile || (OperatingSystem.IsMacOS() && (Mode & S_IFMT) == 0);
}
