using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>The lease is held, now or already before.</summary>
/// <param name="Holder">The process that holds it.</param>
/// <param name="Segment">The segment, as it can be opened.</param>
public sealed record LeaseGranted(HolderId Holder, ShMemDescription Segment) : ICampaignMessage;
