namespace Shmem.Backends.Lifetime;

/// <summary>
/// When the bytes of a freed segment may be given to somebody else. Only who cuts small cells out of one segment needs it: a segment of its own can always be
/// unlinked, since mappings of it stay valid.
/// </summary>
internal enum BytesReuse
{
    /// <summary>At once: every holder has released it, or the operating system has said that it is gone.</summary>
    Now,

    /// <summary>When the processes that may still have it mapped are gone: <see cref="LeaseTable.TakeReusable"/> tells.</summary>
    WhenGone,

    /// <summary>Not in this campaign: a process that nobody knows by its pid may still have it mapped.</summary>
    Never,
}
