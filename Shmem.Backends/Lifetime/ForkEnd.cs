namespace Shmem.Backends.Lifetime;

/// <summary>How a fork ended.</summary>
public enum ForkEnd
{
    /// <summary>The child has claimed its leases.</summary>
    Claimed,

    /// <summary>The parent has taken it back.</summary>
    Aborted,

    /// <summary>No child has claimed it in time.</summary>
    TimedOut,

    /// <summary>The child was gone before it claimed anything.</summary>
    ChildGone,
}
