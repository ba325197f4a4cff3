using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// A process is about to start a child that shall hold what it holds: its leases are kept for that child from here on. Answered by <see cref="ForkPrepared"/> or
/// <see cref="RequestRefused"/>.
/// </summary>
/// <param name="Parent">Who starts the child.</param>
/// <param name="Limit">How long the leases are kept unclaimed: 30 s to 1 h.</param>
public sealed record PreFork(HolderId Parent, TimeSpan Limit) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Parent;
}
