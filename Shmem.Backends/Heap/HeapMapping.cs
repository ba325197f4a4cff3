using System.Runtime.InteropServices;

namespace Shmem.Backends.Heap;

/// <summary>Aligned memory of this process alone.</summary>
internal sealed unsafe class HeapMapping : SafeMapping
{
    private const int Alignment = 4096;

    public HeapMapping(long size)
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
