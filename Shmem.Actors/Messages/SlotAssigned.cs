using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Messages;

/// <summary>The broker gives a slot to a ready process, which is its worker from now on, and says this back; until then it is told again.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Generation">How often the slot was assigned before.</param>
/// <param name="Log">The segment of the slot's corpus log to go on in.</param>
/// <param name="Checkpoint">The slot's checkpoint.</param>
/// <param name="Predecessor">
/// Who had the slot last of those that asked by <see cref="OnRestart"/> to be succeeded, as long as no <see cref="AcknowledgeRestart"/> has come for it; null where
/// there is none. It can be succeeded by <see cref="SucceedHolder"/> while its grace time lasts.
/// </param>
public sealed record SlotAssigned(int Slot, int Generation, ShMemDescription Log, ShMemDescription Checkpoint, HolderId? Predecessor) : ICampaignMessage;
