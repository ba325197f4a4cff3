namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: no slot is left, or the program cannot be started. What still ran was killed.</summary>
/// <param name="Reason">Why, for people.</param>
public sealed record WorkersFailed(string Reason) : ICampaignEvent;
