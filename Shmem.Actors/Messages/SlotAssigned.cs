using Shmem.Backends;

namespace Shmem.Actors.Messages;

/// <summary>The broker gives a slot to a ready process, which is its worker from now on.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Generation">How often the slot was assigned before.</param>
/// <param name="Log">The segment of the slot's corpus log to go on in.</param>
/// <param name="Checkpoint">The slot's checkpoint.</param>
public sealed record SlotAssigned(int Slot, int Generation, ShMemDescription Log, ShMemDescription Checkpoint) : ICampaignMessage;
