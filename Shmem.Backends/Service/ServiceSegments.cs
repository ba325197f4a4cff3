using System.Buffers.Binary;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>The segments of a service and who holds them. Not thread-safe: the service's one thread uses it.</summary>
internal sealed class ServiceSegments(string service, ISegmentFiles files) : IDisposable
{
    private readonly LeaseTable _leases = new();
    private readonly Dictionary<ShMemId, Segment> _segments = [];

    // From 60 random bits of the system up, so that an id of an earlier service of this name names nothing here. (A RandomNumberGenerator loads OpenSSL.)
    private ulong _next = BinaryPrimitives.ReadUInt64LittleEndian(Guid.NewGuid().ToByteArray());

    /// <summary>Segments that live.</summary>
    public int Count => _segments.Count;

    /// <summary>Makes a segment, held by its creator.</summary>
    /// <exception cref="ShMemException">It cannot be.</exception>
    public Segment Create(HolderId holder, long size)
    {
        var purpose = $"create served segment of {size} bytes";
        if (size < 1) throw new ShMemException(ShMemError.Invalid, purpose, "a segment has at least one byte", "Ask for a size of 1 or more.");
        if (size > ShMemCapabilities.AddressSpace)
            throw new ShMemException(ShMemError.LimitReached, purpose, $"a process can address {ShMemCapabilities.AddressSpace} bytes", "Ask for less.");
        var id = new ServedId(service, _next++).ToId();
        var segment = new Segment(new ShMemDescription(id, size, service), files.Create(size));
        _segments.Add(id, segment);
        _leases.Add(holder, id);
        return segment;
    }

    /// <summary>Gives a holder a lease, if it has none yet.</summary>
    /// <exception cref="ShMemException">No such segment lives.</exception>
    public Segment Open(HolderId holder, ShMemId id) => _leases.Acquire(holder, id) switch
    {
        LeaseOutcome.Granted or LeaseOutcome.AlreadyHeld => _segments[id],
        _ => throw NoSuch("open", id),
    };

    /// <summary>Ends a holder's lease, and with the last one the segment.</summary>
    /// <exception cref="ShMemException">The holder has no lease on it; nothing has changed.</exception>
    public void Release(HolderId holder, ShMemId id)
    {
        switch (_leases.Release(holder, id))
        {
            case LeaseOutcome.Freed:
                Free();
                break;
            case LeaseOutcome.Released:
                break;
            case LeaseOutcome.NotHeld:
                throw new ShMemException(ShMemError.Invalid, $"release {id}", "this connection does not hold it", "Release each segment once.");
            default:
                throw NoSuch("release", id);
        }
    }

    /// <summary>A connection has ended: so have its leases.</summary>
    /// <param name="holder">The connection's holder.</param>
    /// <param name="now">On a clock that only goes forward.</param>
    public void HolderGone(HolderId holder, TimeSpan now)
    {
        _leases.HolderGone(holder, now);
        Free();
    }

    public void Dispose()
    {
        foreach (var segment in _segments.Values) segment.File.Dispose();
        _segments.Clear();
    }

    /// <summary>Closes the files of what nobody holds any more. Mappings stay valid, and no bytes are used again.</summary>
    private void Free()
    {
        foreach (var freed in _leases.TakeFreed())
        {
            _segments.Remove(freed.Id, out var segment);
            segment.File.Dispose();
        }
    }

    private ShMemException NoSuch(string what, ShMemId id) => new(ShMemError.NotFound, $"{what} {(id.IsEmpty ? "an empty id" : id)}",
        $"service '{service}' has no such segment", "Its last holder released it or is gone: ask for a new description.");

    /// <summary>A segment and its file, which the service owns.</summary>
    internal readonly record struct Segment(ShMemDescription Description, SafeFileHandle File);
}
