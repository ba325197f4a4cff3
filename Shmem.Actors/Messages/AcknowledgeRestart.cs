using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// The successor has opened what it needs: what was kept for it ends, and what nobody else holds is freed. Answered by <see cref="RestartAcknowledged"/> or
/// <see cref="RequestRefused"/>.
/// </summary>
/// <param name="Predecessor">Who sent <see cref="OnRestart"/>.</param>
/// <param name="Successor">Who sent <see cref="SucceedHolder"/>.</param>
public sealed record AcknowledgeRestart(HolderId Predecessor, HolderId Successor) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Successor;
}
