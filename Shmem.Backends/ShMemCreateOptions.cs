namespace Shmem.Backends;

/// <summary>How a segment is made, beyond its size. The default is what <see cref="ShMemProvider.Create(long)"/> makes.</summary>
public readonly record struct ShMemCreateOptions
{
    /// <summary>Who may write to it.</summary>
    /// <value><see cref="ShMemKind.Shared"/>. <see cref="ShMemKind.PublishOnce"/>: memfd only, Linux 5.1 and later (fcntl(2), F_SEAL_FUTURE_WRITE).</value>
    public ShMemKind Kind { get; init; }

    /// <summary>
    /// Lies on huge pages of the system's default size (memfd_create(2), MFD_HUGETLB), of which the size must be a multiple: fewer page faults
    /// and TLB misses for large maps. Taken from what the administrator has set aside (vm.nr_hugepages), or refused.
    /// </summary>
    /// <value>False. True: memfd only.</value>
    public bool HugePages { get; init; }

    /// <summary>
    /// All pages are there, zeroed and mapped for writing, when the call returns, so that none of them costs a page fault later. Otherwise a page
    /// gets its memory when it is first touched.
    /// </summary>
    /// <value>False. True: every backend.</value>
    public bool Prefault { get; init; }
}
