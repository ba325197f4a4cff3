using System.Collections.Concurrent;
using System.Globalization;

namespace Shmem.Backends.Heap;

/// <summary>Segments in this process's own memory, shared with nobody (LibAFL's Nop provider): for tests and single-process use.</summary>
/// <remarks>
/// <para>Its ids open in the process that created them, through any instance, and nowhere else.</para>
/// <para>
/// With a guard, its segments catch unsafe or native code that leaves them by one byte: the process faults at once. A shorter input goes to the guarded end:
/// <code>
/// using var area = new HeapShMemProvider(ShMemGuard.After).Create(65536);
/// var place = area.Slice(area.Length - input.Length, input.Length);
/// input.CopyTo(place);
/// Parse(place); // reading place[input.Length] through a pointer is a fault
/// </code>
/// </para>
/// </remarks>
/// <param name="guard">
/// Which end of each segment an inaccessible page lies at. With <see cref="ShMemGuard.After"/> a mapping is only aligned as its size is: its end is what
/// lies on a page.
/// </param>
public sealed class HeapShMemProvider(ShMemGuard guard) : ShMemProvider
{
    private static readonly ConcurrentDictionary<ShMemId, HeapMemory> Owned = new();
    private static long _last;

    /// <summary>Creates a provider whose segments have no guard.</summary>
    public HeapShMemProvider() : this(ShMemGuard.None)
    {
    }

    /// <inheritdoc/>
    public override string Scheme => "heap";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.Process, CrashClean: true, ReadOnly: false,
        LargestSize: ShMemCapabilities.AddressSpace, HugePages: false, Names: false, Persists: false);

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        var id = ShMemId.Parse(string.Create(CultureInfo.InvariantCulture, $"heap:{Interlocked.Increment(ref _last)}"));
        try
        {
            var memory = HeapMemory.Allocate(size, guard);
            if (memory.IsInvalid) throw TooMuch(size);
            Owned[id] = memory;
            return new ShMem(new HeapMapping(memory, id), new ShMemDescription(id, size), isOwner: true);
        }
        catch (OutOfMemoryException)
        {
            throw TooMuch(size);
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

        if (!Owned.TryGetValue(description.Id, out var memory)) throw Gone(description.Id);
        if (memory.Size < description.Size) throw TooSmall(description, memory.Size);
        try
        {
            return new ShMem(HeapMapping.View(memory), description, isOwner: false);
        }
        catch (ObjectDisposedException)
        {
            throw Gone(description.Id);
        }
    }

    /// <summary>Called when the owner's last view is gone.</summary>
    internal static void Forget(ShMemId id) => Owned.TryRemove(id, out _);

    private static ShMemException TooMuch(long size) => new(ShMemError.LimitReached, $"create heap segment of {size} bytes",
        "there is not that much memory", "Ask for less.");

    private static ShMemException Gone(ShMemId id) => new(ShMemError.NotFound, $"open {id}", "this process has no such segment",
        "A heap segment opens only in the process that created it, while its owner has it.");
}
