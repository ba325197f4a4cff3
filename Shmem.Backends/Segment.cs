namespace Shmem.Backends;

/// <summary>
/// A mapping and what keeps the segment openable, counted over the views, leases and pins of this process. Whoever releases the last one
/// unmaps and lets the owner's resource go. If views are lost without being disposed, the handles' own finalizers do it.
/// </summary>
internal sealed unsafe class Segment(SafeMapping mapping, IDisposable? resource)
{
    private int _references = 1;

    /// <summary>The first byte. Valid while the caller holds a reference.</summary>
    public byte* Start { get; } = mapping.Start;

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
        if (Interlocked.Decrement(ref _references) > 0) return;
        mapping.Dispose();
        resource?.Dispose();
    }
}
