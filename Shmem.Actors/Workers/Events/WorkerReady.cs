namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: a worker process is warm and can take a slot.</summary>
/// <param name="ProcessNumber">Its number in the campaign.</param>
/// <param name="After">The time since its start.</param>
public sealed record WorkerReady(long ProcessNumber, TimeSpan After) : ICampaignEvent;
