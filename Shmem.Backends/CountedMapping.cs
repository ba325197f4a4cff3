namespace Shmem.Backends;

/// <summary>
/// A mapping, counted over the views, leases and pins of this process. Whoever releases the last one ends it; if views are lost without being
/// disposed, the finalizer of the handle does.
/// </summary>
/// <param name="handle">Owned from here on.</param>
internal sealed unsafe class CountedMapping(SafeMapping handle)
{
    // Not the count of SafeHandle: that one takes no new reference once the handle is disposed, and here any view may be disposed first.
    private int _references = 1;

    /// <summary>The first byte. Valid while the caller holds a reference.</summary>
    public byte* Start { get; } = (byte*)handle.DangerousGetHandle();

    /// <summary>Counts one more, unless the last is gone already.</summary>
    public bool TryAddReference()
    {
        var seen = Volatile.Read(ref _references);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _references, seen + 1, seen);
            if (before == seen) return true;
            seen = before;
        }

        return false;
    }

    /// <summary>Lets the segment outlive its holders. The caller holds a reference.</summary>
    public void Persist(in ShMemDescription description) => handle.Persist(description);

    /// <summary>Lets pages be taken away. The caller holds a reference.</summary>
    public void Unpin(in ShMemDescription description, long offset, long length) => handle.Unpin(description, offset, length);

    /// <summary>Keeps pages from being taken away. The caller holds a reference.</summary>
    public bool Pin(in ShMemDescription description, long offset, long length) => handle.Pin(description, offset, length);

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) handle.End();
    }
}
