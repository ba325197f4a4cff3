using Shmem.Backends.Interop;

namespace Shmem.Backends.Memfd;

/// <summary>The creator's mapping. It owns the descriptor too, by which others open the segment.</summary>
internal sealed class MemfdMapping(nint start, long length, int descriptor) : MmapMapping(start, length)
{
    protected override bool ReleaseHandle() => base.ReleaseHandle() & LibcFile.Close(descriptor) == 0;
}
