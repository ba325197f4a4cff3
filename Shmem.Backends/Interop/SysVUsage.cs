using System.Runtime.InteropServices;

namespace Shmem.Backends.Interop;

/// <summary>The parts of <c>struct shm_info</c> (sys/shm.h; 48 bytes on 64-bit Linux) that we read.</summary>
[StructLayout(LayoutKind.Explicit, Size = 48)]
internal struct SysVUsage
{
    /// <summary>used_ids.</summary>
    [FieldOffset(0)] public int Segments;

    /// <summary>shm_tot, in pages.</summary>
    [FieldOffset(8)] public ulong Pages;
}
