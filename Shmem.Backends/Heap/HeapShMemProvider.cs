using System.Collections.Concurrent;
using System.Globalization;

namespace Shmem.Backends.Heap;

/// <summary>Segments in this process's own memory, shared with nobody (LibAFL's Nop provider): for tests and single-process use.</summary>
/// <remarks>Its ids open in the process that created them, through any instance, and nowhere else.</remarks>
public sealed class HeapShMemProvider : ShMemProvider
{
    private static readonly ConcurrentDictionary<ShMemId, HeapMapping> Owned = new();
    private static long _last;

    /// <inheritdoc/>
    public override string Scheme => "heap";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.Process, CrashClean: true, ReadOnly: false);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        var id = ShMemId.Parse(string.Create(CultureInfo.InvariantCulture, $"heap:{Interlocked.Increment(ref _last)}"));
        try
        {
            var mapping = new HeapMapping(id, size);
            Owned[id] = mapping;
            return new ShMem(mapping, new ShMemDescription(id, size), isOwner: true);
        }
        catch (OutOfMemoryException)
        {
            throw new ShMemException(ShMemError.LimitReached, $"create heap segment of {size} bytes", "there is not that much memory",
                "Ask for less.");
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        if (!description.Id.HasScheme("heap"u8)) throw NotOurs(description.Id);
        if (access == ShMemAccess.Read)
        {
            throw new ShMemException(ShMemError.Unsupported, $"open {description.Id} for reading only", "heap memory cannot be protected",
                "Open it for reading and writing.");
        }

        if (!Owned.TryGetValue(description.Id, out var owned))
        {
            throw new ShMemException(ShMemError.NotFound, $"open {description.Id}", "this process has no such segment",
                "A heap segment opens only in the process that created it, while it lives.");
        }

        if (owned.Size < description.Size) throw TooSmall(description, owned.Size);
        if (!owned.TryAddReference())
        {
            throw new ShMemException(ShMemError.NotFound, $"open {description.Id}", "it was released just now",
                "A heap segment opens only while it lives.");
        }

        return new ShMem(owned, description, isOwner: false);
    }

    /// <summary>Called when a segment's last view is gone.</summary>
    internal static void Forget(ShMemId id) => Owned.TryRemove(id, out _);
}
