namespace Shmem.Backends.Heap;

/// <summary>A view of heap memory, which it keeps. The owner's also owns the id by which the memory is found.</summary>
internal sealed class HeapMapping(HeapMemory memory, ShMemId ownedId) : SafeMapping(memory.DangerousGetHandle())
{
    /// <summary>A view that is not the owner's.</summary>
    /// <exception cref="ObjectDisposedException">The owner let the memory go.</exception>
    public static HeapMapping View(HeapMemory memory)
    {
        var added = false;
        memory.DangerousAddRef(ref added);
        return new HeapMapping(memory, default);
    }

    protected override bool ReleaseHandle()
    {
        if (ownedId.IsEmpty)
        {
            memory.DangerousRelease();
        }
        else
        {
            HeapShMemProvider.Forget(ownedId);
            memory.Dispose();
        }

        return true;
    }
}
