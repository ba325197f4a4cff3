using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>The answer to <see cref="RequestCheckpointSegment"/>.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Area">The area of the slot's checkpoint, 0 or 1, whose states may go there.</param>
/// <param name="Segment">The segment, no smaller than was asked for. It may hold states of earlier generations.</param>
public sealed record CheckpointSegmentGranted(int Slot, int Area, ShMemDescription Segment) : ICampaignMessage;
