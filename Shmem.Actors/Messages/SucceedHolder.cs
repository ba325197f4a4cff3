using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// A process goes on in the place of one that sent <see cref="OnRestart"/>: it gets the same leases. The old ones stay until <see cref="AcknowledgeRestart"/>, so a
/// successor that dies before loses nothing. Answered by <see cref="RestartAcknowledged"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="Predecessor">Who sent <see cref="OnRestart"/>.</param>
/// <param name="Successor">Who goes on.</param>
public sealed record SucceedHolder(HolderId Predecessor, HolderId Successor) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Successor;
}
