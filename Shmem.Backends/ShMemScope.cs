namespace Shmem.Backends;

/// <summary>Who can open the ids of a backend.</summary>
public enum ShMemScope
{
    /// <summary>Only the process that created the segment.</summary>
    Process,

    /// <summary>Every process of the same user, in the same namespaces.</summary>
    User,

    /// <summary>Every process of the same user that reaches the service which the description names.</summary>
    Service,
}
