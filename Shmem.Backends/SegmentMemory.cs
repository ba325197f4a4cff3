using System.Buffers;

namespace Shmem.Backends;

/// <summary>
/// Memory over a mapping, which it holds by a lease. Each pin holds the mapping by itself, so the owner may be disposed, also twice, before the
/// last pin is.
/// </summary>
internal sealed unsafe class SegmentMemory(CountedMapping segment, ShMemLease lease, int length) : MemoryManager<byte>
{
    public override Span<byte> GetSpan() => new(lease.Pointer, length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
        var start = lease.Pointer;
        ObjectDisposedException.ThrowIf(!segment.TryAddReference(), this);
        return new MemoryHandle(start + elementIndex, pinnable: this);
    }

    public override void Unpin() => segment.Release();

    protected override void Dispose(bool disposing)
    {
        if (disposing) lease.Dispose();
    }
}
