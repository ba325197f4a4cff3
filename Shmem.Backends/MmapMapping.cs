using Shmem.Backends.Interop;

namespace Shmem.Backends;

/// <summary>A mapping made by mmap, and the descriptor by which others open the segment, where it has one to keep.</summary>
/// <remarks>
/// An object with a finalizer takes 0.4 µs to make, a fifteenth of an attach. So each thread keeps the last one that it ended, empty, for the next
/// mapping: only the owner, a <see cref="CountedMapping"/>, ever has it, and that lets it go when it ends it.
/// </remarks>
internal sealed class MmapMapping : SafeMapping
{
    [ThreadStatic]
    private static MmapMapping? _spare;

    private nuint _length;
    private int _descriptor;

    /// <summary>Takes over a mapping and, unless it is -1, a descriptor.</summary>
    public static MmapMapping Own(nint start, long length, int descriptor = -1)
    {
        var mapping = _spare ?? new MmapMapping();
        _spare = null;
        mapping._length = (nuint)length;
        mapping._descriptor = descriptor;
        mapping.SetHandle(start);
        return mapping;
    }

    /// <summary>Maps a file that another process made, as long as its description says. The file may be closed while the mapping lives.</summary>
    /// <exception cref="ShMemException">The system refused.</exception>
    public static MmapMapping Open(Descriptor file, in ShMemDescription description, ShMemAccess access) =>
        Open(file, description, access, description.Size);

    /// <summary>Maps <paramref name="length"/> bytes, which may be more than the description says: whole huge pages.</summary>
    /// <inheritdoc cref="Open(Descriptor, in ShMemDescription, ShMemAccess)"/>
    public static MmapMapping Open(Descriptor file, in ShMemDescription description, ShMemAccess access, long length)
    {
        var start = LibcMemory.Map(file, length, access);
        return start != LibcMemory.MAP_FAILED
            ? Own(start, length)
            : throw UnixFailure.Of("mmap", $"open {description.Id} ({description.Size} bytes)");
    }

    public override void End()
    {
        ReleaseHandle();
        // One that its finalizer has closed has none any more: it cannot guard another mapping.
        if (_spare is null && !IsClosed) _spare = this;
        else Dispose();
    }

    protected override bool ReleaseHandle()
    {
        // Exchanged, since after a finalizer that brought a lost view back both it and ours may come here.
        var start = Interlocked.Exchange(ref handle, 0);
        return start == 0 || (LibcMemory.Unmap(start, _length) | (_descriptor < 0 ? 0 : LibcFile.Close(_descriptor))) == 0;
    }
}
