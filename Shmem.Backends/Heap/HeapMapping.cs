using System.Runtime.InteropServices;

namespace Shmem.Backends.Heap;

/// <summary>Aligned memory of this process alone, and the id under which it is found.</summary>
internal sealed unsafe class HeapMapping(ShMemId id, long size) : SafeMapping(Allocate(size))
{
    private const int Alignment = 4096;

    public long Size { get; } = size;

    protected override bool ReleaseHandle()
    {
        HeapShMemProvider.Forget(id);
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }

    private static nint Allocate(long size)
    {
        var start = NativeMemory.AlignedAlloc((nuint)size, Alignment);
        NativeMemory.Clear(start, (nuint)size);
        return (nint)start;
    }
}
