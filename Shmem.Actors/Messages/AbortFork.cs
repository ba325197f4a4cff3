using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// No child came to be: what was kept for it is kept no more. Refused where the child has claimed, which then was first. Answered by
/// <see cref="ForkAcknowledged"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="Token">As <see cref="ForkPrepared"/> gave it.</param>
/// <param name="Parent">Who announced the fork.</param>
public sealed record AbortFork(ForkToken Token, HolderId Parent) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Parent;
}
