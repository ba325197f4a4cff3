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

    private NamedSysVMapping(nint start, int number, ListedName name, ManifestEntry entry) : base(start)
    {
        Owned = number;
        _name = name;
        _entry = entry;
    }

    /// <summary>Attaches, and takes over the name of the segment and its entry in the manifest; an invalid handle with errno set when the system refuses.</summary>
    public static NamedSysVMapping Attach(int number, ListedName name, ManifestEntry entry) =>
        new(Start(number, ShMemAccess.ReadWrite), number, name, entry);

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
