using System.Runtime.InteropServices;

namespace Shmem.Backends.Heap;

/// <summary>Memory from the C library, aligned to pages.</summary>
internal sealed unsafe class PlainHeapMemory : HeapMemory
{
    private static readonly int Alignment = Environment.SystemPageSize;

    // Its first byte is not the handle's: calloc(3) takes a large block from the system, whose pages are zero and cost nothing until they are touched,
    // where one from aligned_alloc(3) would have to be cleared.
    private readonly void* _block;

    public PlainHeapMemory(long size) : base(size)
    {
        _block = NativeMemory.AllocZeroed((nuint)size + (nuint)Alignment - 1);
        SetHandle(((nint)_block + Alignment - 1) & ~(Alignment - 1));
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.Free(_block);
        return true;
    }
}
