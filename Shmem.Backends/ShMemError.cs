namespace Shmem.Backends;

/// <summary>Why a call on shared memory failed, for code that has to decide what to do next.</summary>
public enum ShMemError
{
    /// <summary>The operating system refused for a reason that has no name of its own here: see <see cref="ShMemException.Errno"/>.</summary>
    Os,

    /// <summary>No such segment: its owner released it or is dead, or the id was never one.</summary>
    NotFound,

    /// <summary>The real segment is smaller than its description says.</summary>
    TooSmall,

    /// <summary>The operating system does not let this process open it.</summary>
    Denied,

    /// <summary>A limit was met: descriptors, mappings, segments or memory.</summary>
    LimitReached,

    /// <summary>This backend, or this machine, cannot do it.</summary>
    Unsupported,

    /// <summary>A size, name or description is malformed.</summary>
    Invalid,

    /// <summary>A segment, or something else, has the name already.</summary>
    Exists,
}
