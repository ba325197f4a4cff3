using System.Runtime.InteropServices;

namespace Shmem.Backends;

/// <summary>
/// The mapping of a segment and what keeps the segment openable, counted over the views, leases and pins of this process. Whoever releases the
/// last one unmaps; if views are lost without being disposed, the finalizer does it.
/// </summary>
internal abstract unsafe class SafeMapping : SafeHandle
{
    // Not the count of SafeHandle itself: that one takes no new reference once the handle is disposed, and here any view may be disposed first.
    private int _references = 1;

    protected SafeMapping(nint start) : base(0, ownsHandle: true) => SetHandle(start);

    public override bool IsInvalid => handle is 0 or -1;

    /// <summary>The first byte. Valid while the caller holds a reference.</summary>
    public byte* Start => (byte*)handle;

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

    public void Release()
    {
        if (Interlocked.Decrement(ref _references) == 0) Dispose();
    }
}
