namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: the processes that were given a slot died too often before they had executed anything, or its segments were refused as often; it is nobody's any more.</summary>
/// <param name="Slot">The slot.</param>
/// <param name="Reason">How the last one ended, or what was refused.</param>
public sealed record SlotGaveUp(int Slot, string Reason) : ICampaignEvent;
