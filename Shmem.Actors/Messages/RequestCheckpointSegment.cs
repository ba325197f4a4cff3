using Shmem.Backends.Slots;

namespace Shmem.Actors.Messages;

/// <summary>A worker asks for a segment for states that are larger than an area of its slot's checkpoint (<see cref="SlotCheckpoint.Give"/>).</summary>
/// <param name="Slot">Its slot.</param>
/// <param name="Generation">The generation by which it holds the slot; an older one is refused.</param>
/// <param name="Area">The area, 0 or 1.</param>
/// <param name="Size">Bytes that are wanted, 1 to <see cref="SlotCheckpoint.LargestState"/>.</param>
public sealed record RequestCheckpointSegment(int Slot, int Generation, int Area, int Size) : ICampaignRequest;
