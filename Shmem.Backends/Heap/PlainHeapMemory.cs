using System.Runtime.InteropServices;

namespace Shmem.Backends.Heap;

/// <summary>Memory from the C library, aligned to pages.</summary>
internal sealed unsafe class PlainHeapMemory : HeapMemory
{
    private const int Alignment = 4096;

    public PlainHeapMemory(long size) : base(size)
    {
        var start = NativeMemory.AlignedAlloc((nuint)size, Alignment);
        NativeMemory.Clear(start, (nuint)size);
        SetHandle((nint)start);
    }

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
