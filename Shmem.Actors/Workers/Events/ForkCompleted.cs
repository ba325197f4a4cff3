using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: the child of a fork has claimed its leases.</summary>
/// <param name="Parent">Who announced the fork; it may be gone by now.</param>
/// <param name="Token">The fork's token.</param>
/// <param name="Child">The child.</param>
public sealed record ForkCompleted(HolderId Parent, ForkToken Token, HolderId Child) : ICampaignEvent;
