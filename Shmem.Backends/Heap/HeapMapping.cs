using System.Runtime.InteropServices;

namespace Shmem.Backends.Heap;

/// <summary>Aligned memory of this process alone, or a further view of such memory, which keeps it.</summary>
internal sealed unsafe class HeapMapping : SafeMapping
{
    private const int Alignment = 4096;

    private readonly HeapMapping? _original;

    public HeapMapping(long size)
    {
        var start = NativeMemory.AlignedAlloc((nuint)size, Alignment);
        NativeMemory.Clear(start, (nuint)size);
        SetHandle((nint)start);
    }

    /// <summary>A further view.</summary>
    /// <exception cref="ObjectDisposedException">The memory is freed already.</exception>
    public HeapMapping(HeapMapping original)
    {
        var added = false;
        original.DangerousAddRef(ref added);
        _original = original;
        SetHandle(original.handle);
    }

    protected override bool ReleaseHandle()
    {
        if (_original is null) NativeMemory.AlignedFree((void*)handle);
        else _original.DangerousRelease();
        return true;
    }
}
