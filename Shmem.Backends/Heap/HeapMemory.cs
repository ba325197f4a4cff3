using System.Runtime.InteropServices;

namespace Shmem.Backends.Heap;

/// <summary>Memory of this process alone, all zero. The handle is its first byte.</summary>
internal abstract class HeapMemory(long size) : SafeHandle(0, ownsHandle: true)
{
    public long Size { get; } = size;

    public override bool IsInvalid => handle == 0;

    /// <returns>The memory; an invalid handle where pages with a guard lack.</returns>
    /// <exception cref="OutOfMemoryException">There is not that much.</exception>
    public static HeapMemory Allocate(long size, ShMemGuard guard) =>
        guard == ShMemGuard.None ? new PlainHeapMemory(size) : new GuardedHeapMemory(size, guard);
}
