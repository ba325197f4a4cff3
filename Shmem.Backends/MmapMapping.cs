using Shmem.Backends.Interop;

namespace Shmem.Backends;

/// <summary>A mapping made by mmap. The file may be closed while it lives.</summary>
internal class MmapMapping(nint start, long length) : SafeMapping(start)
{
    /// <summary>Maps a file that another process made, as long as its description says.</summary>
    /// <exception cref="ShMemException">The system refused.</exception>
    public static MmapMapping Open(Descriptor file, in ShMemDescription description, ShMemAccess access)
    {
        var start = LibcMemory.Map(file, description.Size, access);
        return start != LibcMemory.MAP_FAILED
            ? new MmapMapping(start, description.Size)
            : throw UnixFailure.Of("mmap", $"open {description.Id} ({description.Size} bytes)");
    }

    protected override bool ReleaseHandle() => LibcMemory.Unmap(handle, (nuint)length) == 0;
}
