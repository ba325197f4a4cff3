using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Shmem.Backends;

/// <summary>Creates and opens the segments of one backend. Stateless towards its segments: they live on when the provider is gone.</summary>
/// <remarks>Every member may be used from any thread.</remarks>
public abstract class ShMemProvider
{
    /// <summary>The scheme of its ids, such as <c>memfd</c>.</summary>
    public abstract string Scheme { get; }

    /// <summary>What the backend can do here.</summary>
    public abstract ShMemCapabilities Capabilities { get; }

    /// <summary>Creates a segment, all of it zero.</summary>
    /// <param name="size">Bytes, at least 1. The mapping starts on a page; with <see cref="Heap.ShMemGuard.After"/> it ends on one instead.</param>
    /// <returns>The owner's view. The caller disposes it; unless a clone or lease is left, the segment can then no longer be opened.</returns>
    /// <exception cref="ShMemException">The size is below 1 or the operating system refused; nothing is left behind.</exception>
    public ShMem Create(long size)
    {
        CheckSize(size);
        return CreateCore(size);
    }

    /// <summary>Creates a segment, all of it zero, in a way of its own.</summary>
    /// <param name="size">Bytes, at least 1. The mapping is page-aligned.</param>
    /// <param name="options">How it is made.</param>
    /// <returns>The owner's view. The caller disposes it; unless a clone or lease is left, the segment can then no longer be opened.</returns>
    /// <exception cref="ShMemException">
    /// The size is below 1 or does not fit the options, the backend cannot do what they ask (<see cref="ShMemError.Unsupported"/>), or the operating
    /// system refused; nothing is left behind.
    /// </exception>
    public ShMem Create(long size, in ShMemCreateOptions options)
    {
        CheckSize(size);
        var segment = CreateCore(size, options);
        if (!options.Prefault) return segment;
        try
        {
            Prefaulting.Touch(segment);
            return segment;
        }
        catch
        {
            segment.Dispose();
            throw;
        }
    }

    /// <summary>Creates a segment that holds <paramref name="value"/> at its start; <see cref="ShMem.Ref{T}"/> reads it.</summary>
    /// <inheritdoc cref="Create(long)"/>
    public ShMem CreateFor<T>(in T value) where T : unmanaged
    {
        var segment = Create(Unsafe.SizeOf<T>());
        segment.Ref<T>(0) = value;
        return segment;
    }

    /// <summary>Creates a segment under a name of the user's choice, all of it zero. It appears to others whole or not at all.</summary>
    /// <param name="name">As <see cref="ShMemName"/> says; <see cref="ShMemName.OfFile"/> makes one of a file's path.</param>
    /// <param name="size">Bytes, at least 1. The mapping is page-aligned.</param>
    /// <returns>
    /// The owner's view. The caller disposes it, which frees the name, unless <see cref="ShMem.Persist"/> was called. Under <c>kill -9</c> the name stays
    /// until the next campaign of the user starts.
    /// </returns>
    /// <exception cref="ShMemException">
    /// <see cref="ShMemError.Exists"/>: the name is taken. <see cref="ShMemError.Invalid"/>: it is none. <see cref="ShMemError.Unsupported"/>: the backend has no
    /// names. Or as <see cref="Create(long)"/>.
    /// </exception>
    public ShMem CreateNamed(string name, long size)
    {
        ShMemName.Check(name, $"create {Scheme} segment");
        if (size < 1)
        {
            throw new ShMemException(ShMemError.Invalid, $"create {Scheme} segment '{name}' of {size} bytes", "a segment has at least one byte",
                "Ask for a size of 1 or more.");
        }

        return CreateNamedCore(name, size);
    }

    /// <summary>Opens the segment that another process of the same user created under a name.</summary>
    /// <param name="name">The name that its creator gave.</param>
    /// <param name="size">Bytes to map, at least 1 and at most what it has.</param>
    /// <param name="access">Whether the mapping can be written to.</param>
    /// <returns>A view of its own. The caller disposes it, which does not touch the owner's.</returns>
    /// <exception cref="ShMemException">As <see cref="Open"/>; <see cref="ShMemError.Unsupported"/>: the backend has no names.</exception>
    public ShMem OpenNamed(string name, long size, ShMemAccess access = ShMemAccess.ReadWrite)
    {
        ShMemName.Check(name, $"open {Scheme} segment");
        if (size < 1)
        {
            throw new ShMemException(ShMemError.Invalid, $"open {Scheme} segment '{name}' with {size} bytes", "a segment has at least one byte",
                "Open it with the size that its creator gave, or less.");
        }

        return OpenNamedCore(name, size, access);
    }

    /// <summary>Removes a segment that outlives its holders (<see cref="ShMem.Persist"/>): its id and name end, mappings of it stay valid.</summary>
    /// <returns>False where there is none.</returns>
    /// <exception cref="ShMemException">
    /// <see cref="ShMemError.Unsupported"/>: the backend has none that outlives its holders. <see cref="ShMemError.Denied"/>: it is another user's.
    /// </exception>
    public bool Remove(in ShMemId id) => RemoveCore(id);

    /// <summary>Opens a segment that this or another process of the same user created.</summary>
    /// <param name="description">Its id and size. A size smaller than the real one maps only that much.</param>
    /// <param name="access">Whether the mapping can be written to.</param>
    /// <returns>A view of its own. The caller disposes it, which does not touch the owner's.</returns>
    /// <exception cref="ShMemException">
    /// <see cref="ShMemError.NotFound"/>: stale, foreign or never an id. <see cref="ShMemError.TooSmall"/>: the real segment is smaller than
    /// described. <see cref="ShMemError.Invalid"/>: the size is below 1. <see cref="ShMemError.Unsupported"/>: the backend has no views for reading only.
    /// <see cref="ShMemError.Denied"/>, <see cref="ShMemError.LimitReached"/>: as the message says.
    /// </exception>
    public ShMem Open(in ShMemDescription description, ShMemAccess access = ShMemAccess.ReadWrite)
    {
        if (description.Size < 1)
        {
            throw new ShMemException(ShMemError.Invalid, $"open {description.Id} with {description.Size} bytes",
                "a segment has at least one byte", "Open it by the description that its creator gave.");
        }

        return OpenCore(description, access);
    }

    /// <summary>Opens the segment that <see cref="ShMemEnvironment.Write(ShMem, ProcessStartInfo, string)"/> gave to this process.</summary>
    /// <param name="name">The environment variable's name.</param>
    /// <exception cref="ArgumentException">The name is empty or has a <c>=</c>.</exception>
    /// <exception cref="ShMemException">The variables are missing or malformed, or as <see cref="Open"/>.</exception>
    public ShMem OpenFromEnvironment(string name) => Open(ShMemEnvironment.Read(name));

    /// <summary>Creates a segment of a size that is known to be at least 1.</summary>
    protected internal abstract ShMem CreateCore(long size);

    /// <summary>Creates a segment of a size that is known to be at least 1, whose kind and pages are as the options say.</summary>
    protected internal virtual ShMem CreateCore(long size, in ShMemCreateOptions options)
    {
        if (options.Kind != ShMemKind.Shared) throw OnlyMemfd(size, "published once", "Have it shared, or create it with memfd.");
        if (options.HugePages) throw OnlyMemfd(size, "on huge pages", "Create it without the option, or with memfd.");
        return CreateCore(size);
    }

    /// <summary>Opens a segment by a description whose size is known to be at least 1.</summary>
    protected internal abstract ShMem OpenCore(in ShMemDescription description, ShMemAccess access);

    /// <summary>Creates a segment of a valid name and of a size that is known to be at least 1. A backend without names refuses.</summary>
    protected internal virtual ShMem CreateNamedCore(string name, long size) => throw HasNoNames($"create {Scheme} segment '{name}'");

    /// <summary>Opens a segment by a valid name and a size that is known to be at least 1. A backend without names refuses.</summary>
    protected internal virtual ShMem OpenNamedCore(string name, long size, ShMemAccess access) => throw HasNoNames($"open {Scheme} segment '{name}'");

    /// <summary>Removes a segment that outlives its holders. A backend that has none refuses.</summary>
    protected internal virtual bool RemoveCore(in ShMemId id) => throw new ShMemException(ShMemError.Unsupported,
        $"remove {(id.IsEmpty ? "an empty id" : id)}", $"a segment of {Scheme} goes with its holders by itself", "Dispose its views.");

    internal static ShMemException Taken(string operation, int errno) => ShMemException.Os(ShMemError.Exists, operation, errno,
        "The name is taken: open it, choose another, or remove what has it.");

    private ShMemException HasNoNames(string operation) => new(ShMemError.Unsupported, operation, $"segments of {Scheme} have no names of the user's",
        OperatingSystem.IsMacOS() ? "Hand the id to whoever opens it." : $"Use one that has them: new {nameof(StdShMemProvider)}(\"{(OperatingSystem.IsWindows() ? "win" : "posix")}\").");

    internal ShMemException NotOurs(ShMemId id) => new(ShMemError.NotFound, $"open {(id.IsEmpty ? "an empty id" : id)}",
        $"it is not an id of {Scheme}", $"Give it to a provider of its scheme.");

    private void CheckSize(long size)
    {
        if (size < 1)
        {
            throw new ShMemException(ShMemError.Invalid, $"create {Scheme} segment of {size} bytes", "a segment has at least one byte",
                "Ask for a size of 1 or more.");
        }
    }

    private ShMemException OnlyMemfd(long size, string how, string remedy) => new(ShMemError.Unsupported,
        $"create {Scheme} segment of {size} bytes {how}", "this backend cannot do that", remedy);

    internal static ShMemException TooSmall(in ShMemDescription description, long real) => new(ShMemError.TooSmall, $"open {description.Id}",
        $"its real size is {real} bytes, not {description.Size}", "Open it by the description that its creator gave.");
}
