using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// The parent has started its child and knows its pid: from here on the child's death ends the fork. It may come after the child's own
/// <see cref="ClaimFork"/>. Answered by <see cref="ForkAcknowledged"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="Token">As <see cref="ForkPrepared"/> gave it.</param>
/// <param name="Parent">Who announced the fork.</param>
/// <param name="Child">The child, under its <see cref="ForkPrepared.ChildNumber"/>.</param>
public sealed record PostFork(ForkToken Token, HolderId Parent, HolderId Child) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Parent;
}
