using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>The parts of macOS's <c>struct stat</c> with 64-bit inode numbers (sys/stat.h, 144 bytes) that we read.</summary>
[StructLayout(LayoutKind.Explicit, Size = 144)]
internal struct MacFileStatus
{
    [FieldOffset(0x00)] public int Device;
    [FieldOffset(0x04)] public ushort Mode;
    [FieldOffset(0x08)] public ulong Inode;
    [FieldOffset(0x10)] public uint User;
    [FieldOffset(0x60)] public long Size;

    /// <summary>The same in the form of Linux.</summary>
    public readonly FileStatus ToFileStatus() =>
        new() { User = User, Mode = Mode, Inode = Inode, Size = (ulong)Size, DeviceMajor = (uint)Device >> 24, DeviceMinor = (uint)Device & 0xFFFFFF };
}
