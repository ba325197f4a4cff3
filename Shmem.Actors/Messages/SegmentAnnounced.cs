namespace Shmem.Actors.Messages;

/// <summary>The broker tells every process of a segment that it may open.</summary>
/// <param name="Segment">The segment.</param>
public sealed record SegmentAnnounced(NamedSegment Segment) : ICampaignMessage;
