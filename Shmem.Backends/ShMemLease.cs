namespace Shmem.Backends;

/// <summary>Keeps a mapping valid until it is disposed. May be disposed from any thread; further calls do nothing.</summary>
public sealed unsafe class ShMemLease : IDisposable
{
    private readonly CountedMapping _segment;
    private int _disposed;

    internal ShMemLease(CountedMapping segment) => _segment = segment;

    /// <summary>The first byte of the mapping, valid until the lease is disposed.</summary>
    /// <exception cref="ObjectDisposedException">The lease is disposed.</exception>
    public byte* Pointer
    {
        get
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            return _segment.Start;
        }
    }

    /// <summary>Lets the mapping go.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) == 0) _segment.Release();
    }
}
