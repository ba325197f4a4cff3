using System.Runtime.Versioning;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.SysV;

/// <summary>The creator's attachment of a named segment. It owns the name too, and removes it, unless that shall outlive it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class NamedSysVMapping : SysVMapping
{
    private readonly Lock _gate = new();
    private readonly ListedName _name;
    private readonly ManifestEntry _entry;

    private NamedSysVMapping(nint start, ListedName name, ManifestEntry entry) : base(start)
    {
        _name = name;
        _entry = entry;
    }

    /// <summary>
    /// Attaches; an invalid handle with errno set when the system refuses. The name and its entry in the manifest are the mapping's as soon as the segment is
    /// <see cref="SysVMapping.Owned"/>.
    /// </summary>
    public static NamedSysVMapping Attach(int number, ListedName name, ManifestEntry entry) => new(Start(number, ShMemAccess.ReadWrite), name, entry);

    public override void Persist(in ShMemDescription description)
    {
        lock (_gate)
        {
            if (Owned is null) return;
            PersistedSegments.Record(_name, _entry, description);
            Owned = null;
        }
    }

    protected override bool ReleaseHandle()
    {
        var isListed = Owned is not null;
        var released = base.ReleaseHandle();
        if (isListed) _entry.Clear();
        return released;
    }
}
