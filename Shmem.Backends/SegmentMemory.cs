using System.Buffers;

namespace Shmem.Backends;

/// <summary>Memory over a mapping, which it holds by a lease. A pin needs no more: the memory does not move, and the pin's owner holds this.</summary>
internal sealed unsafe class SegmentMemory(ShMemLease lease, int length) : MemoryManager<byte>
{
    private int _pins = 1;

    public override Span<byte> GetSpan() => new(lease.Pointer, length);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan((uint)elementIndex, (uint)length, nameof(elementIndex));
        var start = lease.Pointer;
        Interlocked.Increment(ref _pins);
        return new MemoryHandle(start + elementIndex, pinnable: this);
    }

    public override void Unpin()
    {
        if (Interlocked.Decrement(ref _pins) == 0) lease.Dispose();
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) Unpin();
    }
}
