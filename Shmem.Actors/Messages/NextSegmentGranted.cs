using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>The answer to <see cref="RequestNextSegment"/>.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Sequence">The number of the segment within the slot's log.</param>
/// <param name="Segment">The segment, all of it zero.</param>
public sealed record NextSegmentGranted(int Slot, int Sequence, ShMemDescription Segment) : ICampaignMessage;
