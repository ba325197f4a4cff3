using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// The parts of macOS's <c>struct shmid_ds</c> (sys/shm.h, 76 bytes, packed to 4) that we read: its <c>struct ipc_perm</c> (sys/ipc.h) is 24 bytes long and
/// begins with the user.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 76)]
internal struct MacSysVStatus
{
    [FieldOffset(0)] public uint User;
    [FieldOffset(20)] public int Key;
    [FieldOffset(24)] public ulong Size;
    [FieldOffset(40)] public ushort Attached;

    /// <summary>The same in the form of Linux.</summary>
    public readonly SysVStatus ToSysVStatus() => new() { Key = Key, User = User, Size = Size, Attached = Attached };
}
