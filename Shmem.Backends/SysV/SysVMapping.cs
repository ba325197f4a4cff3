using Shmem.Backends.Interop;

namespace Shmem.Backends.SysV;

/// <summary>An attachment made by shmat. That of a segment's creator removes the segment, where it is not marked for removal since its birth.</summary>
internal class SysVMapping : SafeMapping
{
    protected SysVMapping(nint start) : base(start)
    {
    }

    /// <summary>The segment to be removed at the end; null where somebody else does, or it is marked already.</summary>
    public int? Owned { get; set; }

    /// <summary>Attaches; an invalid handle with errno set when the system refuses.</summary>
    public static SysVMapping Attach(int number, ShMemAccess access) => new(Start(number, access));

    public override void Persist(in ShMemDescription description)
    {
        if (!OperatingSystem.IsLinux()) base.Persist(description);
        throw new ShMemException(ShMemError.Unsupported, $"persist {description.Id}",
            "a System V segment without a name is marked for removal at birth, so that a crash leaves nothing",
            $"Create it by {nameof(ShMemProvider.CreateNamed)}.");
    }

    protected static nint Start(int number, ShMemAccess access) => LibcSysV.Attach(number, 0, access == ShMemAccess.Read ? LibcSysV.SHM_RDONLY : 0);

    protected override bool ReleaseHandle()
    {
        // EINVAL, the one failure there can be, means that somebody removed it by hand: as wished.
        if (Owned is { } number) LibcSysV.Control(number, LibcSysV.IPC_RMID, 0);
        return LibcSysV.Detach(handle) == 0;
    }
}
