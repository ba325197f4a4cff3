namespace Shmem.Backends;

/// <summary>The BCL's stream over a mapping, which it holds by a lease.</summary>
internal sealed unsafe class SegmentStream : UnmanagedMemoryStream
{
    private readonly ShMemLease _lease;

    public SegmentStream(ShMemLease lease, long length, FileAccess access)
    {
        _lease = lease;
        try
        {
            // SAFETY: the lease keeps the mapping until the stream is disposed, and length is the mapping's.
            Initialize(lease.Pointer, length, length, access);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _lease.Dispose();
    }
}
