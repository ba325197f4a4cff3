using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>
/// <c>struct shmid64_ds</c> of 64-bit Linux (asm-generic/shmbuf.h, 112 bytes): <c>shm_perm</c> is 48 bytes long (asm-generic/ipcbuf.h), then comes
/// <c>shm_segsz</c>. The key of a segment that is marked for removal is IPC_PRIVATE.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = 128)]
internal struct SysVStatus
{
    [FieldOffset(0)] public int Key;
    [FieldOffset(4)] public uint User;
    [FieldOffset(48)] public ulong Size;
    [FieldOffset(88)] public ulong Attached;
}
