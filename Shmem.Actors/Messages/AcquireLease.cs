using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>Keeps a segment alive for a process. Acquiring again is the same lease. Answered by <see cref="LeaseGranted"/> or <see cref="RequestRefused"/>.</summary>
/// <param name="Holder">The process that holds the lease.</param>
/// <param name="Id">The segment.</param>
public sealed record AcquireLease(HolderId Holder, ShMemId Id) : ILeaseRequest
{
    HolderId ILeaseRequest.SpeaksFor => Holder;
}
