using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends;

/// <summary>A mapping made by mmap.</summary>
internal sealed class MmapMapping : SafeMapping
{
    private readonly nuint _length;

    private MmapMapping(nint start, nuint length)
    {
        SetHandle(start);
        _length = length;
    }

    /// <summary>Maps the first <paramref name="size"/> bytes of a file. The file may be closed afterwards.</summary>
    /// <exception cref="ShMemException">The system refused; the message names <paramref name="operation"/>.</exception>
    public static MmapMapping Map(SafeFileHandle file, long size, ShMemAccess access, string operation, object subject)
    {
        var protection = access == ShMemAccess.Read ? LibcMemory.PROT_READ : LibcMemory.PROT_READ | LibcMemory.PROT_WRITE;
        var start = LibcMemory.Map(0, (nuint)size, protection, LibcMemory.MAP_SHARED, file, 0);
        return start != LibcMemory.MAP_FAILED
            ? new MmapMapping(start, (nuint)size)
            : throw UnixFailure.Of("mmap", $"{operation} {subject} ({size} bytes)");
    }

    protected override bool ReleaseHandle() => LibcMemory.Unmap(handle, _length) == 0;
}
