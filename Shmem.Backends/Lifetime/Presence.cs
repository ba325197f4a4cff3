namespace Shmem.Backends.Lifetime;

/// <summary>What the operating system says of the process that has a pid.</summary>
internal enum Presence
{
    /// <summary>Nothing for certain: no descriptor is left, or we have no right to look. It may well live.</summary>
    Unclear,

    /// <summary>It lives, also as a stopped one.</summary>
    Lives,

    /// <summary>It is dead, with all its threads, and nobody has waited for it yet.</summary>
    Ended,

    /// <summary>There is no such process.</summary>
    None,
}
