using Shmem.Backends.Interop;

namespace Shmem.Backends.PosixShm;

/// <summary>The creator's mapping where there is no manifest. It owns the name too, by which others open the segment, and unlinks it.</summary>
internal sealed class UnlistedPosixMapping(nint start, long length, string name) : SafeMapping(start)
{
    protected override bool ReleaseHandle()
    {
        // ENOENT, the one failure there can be, means that somebody removed it by hand: as wished.
        LibcPosixShm.Unlink(name);
        return LibcMemory.Unmap(handle, (nuint)length) == 0;
    }
}
