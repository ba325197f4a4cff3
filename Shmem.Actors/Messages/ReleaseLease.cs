using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>Ends a lease. Answered by <see cref="LeaseReleased"/>, or by <see cref="RequestRefused"/> where there is none.</summary>
/// <param name="Holder">The process that holds the lease.</param>
/// <param name="Id">The segment.</param>
public sealed record ReleaseLease(HolderId Holder, ShMemId Id) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Holder;
}
