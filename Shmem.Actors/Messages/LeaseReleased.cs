using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>The lease was held and has ended.</summary>
/// <param name="Holder">The process that held it.</param>
/// <param name="Id">The segment.</param>
public sealed record LeaseReleased(HolderId Holder, ShMemId Id) : ICampaignMessage;
