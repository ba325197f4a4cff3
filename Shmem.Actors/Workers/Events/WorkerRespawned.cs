namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: another process has taken the slot of one that is gone.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Generation">How often the slot was assigned before.</param>
/// <param name="ProcessNumber">The process that has the slot now.</param>
public sealed record WorkerRespawned(int Slot, int Generation, long ProcessNumber) : ICampaignEvent;
