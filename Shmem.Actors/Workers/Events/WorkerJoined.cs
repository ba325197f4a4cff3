namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: a worker process has joined and was told the segments.</summary>
/// <param name="ProcessNumber">Its number in the campaign.</param>
/// <param name="After">The time since its start.</param>
public sealed record WorkerJoined(long ProcessNumber, TimeSpan After) : ICampaignEvent;
