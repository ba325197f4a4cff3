using Shmem.Backends;
using Shmem.Backends.Heap;

namespace Shmem.Tests.Actors;

/// <summary>A backend with a bug: one size brings it down.</summary>
internal sealed class FaultyProvider : ShMemProvider
{
    public const string TheScheme = "faulty";
    public const long Fatal = 666;

    private readonly HeapShMemProvider _heap = new();

    public override string Scheme => TheScheme;

    public override ShMemCapabilities Capabilities => _heap.Capabilities;

    protected internal override ShMem CreateCore(long size) =>
        size == Fatal ? throw new InvalidOperationException("planted") : _heap.CreateCore(size);

    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access) => _heap.OpenCore(description, access);
}
