namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: a slot's processes died too often before they had executed anything; no more are started for it.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Reason">How the last one ended.</param>
public sealed record SlotGaveUp(int Slot, string Reason) : ICampaignEvent;
