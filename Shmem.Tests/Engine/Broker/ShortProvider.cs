using Shmem.Backends;
using Shmem.Backends.Heap;

namespace Shmem.Tests.Engine.Broker;

/// <summary>A backend whose descriptors run short now and then: it opens nothing while that lasts.</summary>
internal sealed class ShortProvider : ShMemProvider
{
    private readonly HeapShMemProvider _heap = new();

    public bool IsShort { get; set; }

    /// <summary>How often something was to be opened while it lasted.</summary>
    public int Refused { get; private set; }

    public override string Scheme => _heap.Scheme;

    public override ShMemCapabilities Capabilities => _heap.Capabilities;

    protected internal override ShMem CreateCore(long size) => _heap.CreateCore(size);

    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        if (!IsShort) return _heap.OpenCore(description, access);
        Refused++;
        throw new ShMemException(ShMemError.LimitReached, $"open {description.Id}", "too many open files", "Raise the limit.");
    }
}
