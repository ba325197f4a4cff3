namespace Shmem.Backends.Lifetime;

/// <summary>What a <see cref="LeaseTable"/> knows of a segment: it lives while it has keepers, and after that its bytes wait for who may have it mapped.</summary>
internal sealed class KeptSegment
{
    /// <summary>What keeps it alive.</summary>
    public HashSet<Keeper> Keepers { get; } = [];

    /// <summary>Living processes whose lease or token ended without their doing.</summary>
    public HashSet<HolderId> Lingering { get; } = [];

    /// <summary>True where such a process is not known by its pid.</summary>
    public bool UnknownLingers { get; set; }
}
