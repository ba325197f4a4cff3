using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>Marks the requests about what somebody holds, which may be asked for oneself only.</summary>
internal interface ILeaseRequest : ICampaignRequest
{
    /// <summary>Whom it speaks for.</summary>
    HolderId SpeaksFor { get; }
}
