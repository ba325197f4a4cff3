namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: a killed process does not end, so its slot is left to it and another slot is opened.</summary>
/// <param name="Slot">The slot that nobody takes over any more.</param>
/// <param name="ProcessNumber">Its number in the campaign.</param>
/// <param name="Instead">The new slot.</param>
public sealed record SlotParked(int Slot, long ProcessNumber, int Instead) : ICampaignEvent;
