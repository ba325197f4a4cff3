using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.SysV;

/// <summary>An attachment made by shmat. That of the creator of a named segment also owns the name, and removes it, unless that shall outlive it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SysVMapping : SafeMapping
{
    private readonly Lock _gate = new();
    private int? _named;
    private ListedName _name;
    private ManifestEntry _entry;
    private bool _outlives;

    private SysVMapping(nint start) : base(start)
    {
    }

    /// <summary>Attaches; an invalid handle with errno set when the system refuses.</summary>
    public static SysVMapping Attach(int number, ShMemAccess access) =>
        new(LibcSysV.Attach(number, 0, access == ShMemAccess.Read ? LibcSysV.SHM_RDONLY : 0));

    /// <summary>Takes over the name of the segment and its entry in the manifest.</summary>
    public void OwnName(int number, ListedName name, ManifestEntry entry) => (_named, _name, _entry) = (number, name, entry);

    public override void Persist(in ShMemDescription description)
    {
        if (_named is null)
        {
            throw new ShMemException(ShMemError.Unsupported, $"persist {description.Id}",
                "a System V segment without a name is marked for removal at birth, so that a crash leaves nothing",
                $"Create it by {nameof(ShMemProvider.CreateNamed)}.");
        }

        lock (_gate)
        {
            if (_outlives) return;
            // Recorded first: a name that is in no manifest and no record would never be found again.
            PersistedSegments.Record(_name, description.Size);
            _outlives = true;
            _entry.Clear();
        }
    }

    protected override bool ReleaseHandle()
    {
        if (_named is { } number && !_outlives)
        {
            // EINVAL, the one failure there can be, means that somebody removed it by hand: as wished.
            LibcSysV.Control(number, LibcSysV.IPC_RMID, 0);
            _entry.Clear();
        }

        return LibcSysV.Detach(handle) == 0;
    }
}
