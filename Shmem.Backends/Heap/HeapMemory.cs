using System.Runtime.InteropServices;

namespace Shmem.Backends.Heap;

/// <summary>Aligned memory of this process alone, all zero.</summary>
internal sealed unsafe class HeapMemory : SafeHandle
{
    private const int Alignment = 4096;

    public HeapMemory(long size) : base(0, ownsHandle: true)
    {
        Size = size;
        var start = NativeMemory.AlignedAlloc((nuint)size, Alignment);
        NativeMemory.Clear(start, (nuint)size);
        SetHandle((nint)start);
    }

    public long Size { get; }

    public override bool IsInvalid => handle == 0;

    protected override bool ReleaseHandle()
    {
        NativeMemory.AlignedFree((void*)handle);
        return true;
    }
}
