namespace Shmem.Backends;

/// <summary>The BCL's stream over a mapping, which it holds by a lease.</summary>
internal sealed unsafe class SegmentStream : UnmanagedMemoryStream
{
    private readonly ShMemLease _lease;

    // SAFETY: the lease keeps the mapping until the stream is disposed, and length is the mapping's.
    public SegmentStream(ShMemLease lease, long length, FileAccess access) => Initialize((_lease = lease).Pointer, length, length, access);

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing) _lease.Dispose();
    }
}
