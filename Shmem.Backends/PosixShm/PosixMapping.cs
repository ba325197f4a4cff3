using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.PosixShm;

/// <summary>The creator's mapping. It owns the name too, by which others open the segment, and removes it, unless that shall outlive it.</summary>
/// <param name="start">The first byte.</param>
/// <param name="length">Bytes.</param>
/// <param name="name">The name as the manifest lists it.</param>
/// <param name="entry">Its entry there, owned from here on.</param>
[SupportedOSPlatform("linux")]
internal sealed class PosixMapping(nint start, long length, ListedName name, ManifestEntry entry) : SafeMapping(start)
{
    private readonly Lock _gate = new();
    private bool _outlives;

    public override void Persist(in ShMemDescription description)
    {
        lock (_gate)
        {
            if (_outlives) return;
            PersistedSegments.Record(name, entry, description);
            _outlives = true;
        }
    }

    protected override bool ReleaseHandle()
    {
        if (!_outlives)
        {
            // It may be gone, removed by hand: as wished.
            name.Remove();
            entry.Clear();
        }

        return LibcMemory.Unmap(handle, (nuint)length) == 0;
    }
}
