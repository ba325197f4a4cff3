namespace Shmem.Backends.Lifetime;

/// <summary>What keeps a segment alive.</summary>
internal enum KeeperKind
{
    /// <summary>A process holds it.</summary>
    Lease,

    /// <summary>It is kept for the child of a fork that was announced.</summary>
    Token,

    /// <summary>It is kept for the successor of a process that is gone.</summary>
    Reservation,
}
