using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// The operating system has said that the process is gone: all its leases end. Sent by whoever watches the process, never because a connection
/// broke. Not answered.
/// </summary>
/// <param name="Holder">The process.</param>
public sealed record HolderGone(HolderId Holder);
