namespace Shmem.Actors.Messages;

/// <summary>The broker tells every process of a segment that it may open. The process says this back; until then it is told again.</summary>
/// <param name="Segment">The segment.</param>
public sealed record SegmentAnnounced(NamedSegment Segment) : ICampaignMessage;
