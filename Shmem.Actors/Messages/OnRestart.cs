using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>
/// A process means to end and to go on as another one. It writes its last checkpoint first. What it holds when the operating system says that it is gone is kept for
/// its successor. Answered by <see cref="RestartAcknowledged"/> or <see cref="RequestRefused"/>.
/// </summary>
/// <param name="Holder">The process.</param>
/// <param name="Grace">How long its leases are kept, from the report of its death on; at most 1 h.</param>
public sealed record OnRestart(HolderId Holder, TimeSpan Grace) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Holder;
}
