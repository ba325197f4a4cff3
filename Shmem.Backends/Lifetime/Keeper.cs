namespace Shmem.Backends.Lifetime;

/// <summary>Whatever keeps segments alive: the lease of a process, a fork's token, or what is reserved for the successor of a process that is gone.</summary>
internal readonly record struct Keeper
{
    private Keeper(KeeperKind kind, HolderId holder, ForkToken fork) => (Kind, Holder, Fork) = (kind, holder, fork);

    public KeeperKind Kind { get; }

    /// <summary>The process; nobody for a token.</summary>
    public HolderId Holder { get; }

    /// <summary>The token; none for the others.</summary>
    public ForkToken Fork { get; }

    public static Keeper Lease(HolderId holder) => new(KeeperKind.Lease, holder, default);

    public static Keeper Token(ForkToken fork) => new(KeeperKind.Token, default, fork);

    public static Keeper Reservation(HolderId predecessor) => new(KeeperKind.Reservation, predecessor, default);
}
