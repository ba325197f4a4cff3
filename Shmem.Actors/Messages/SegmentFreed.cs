using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>Published on the broker's event stream when a segment's last lease has ended: its id can no longer be opened.</summary>
/// <param name="Id">The segment.</param>
public sealed record SegmentFreed(ShMemId Id) : ICampaignEvent;
