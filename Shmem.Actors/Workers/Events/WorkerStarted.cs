namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: a worker process was started.</summary>
/// <param name="ProcessNumber">Its number in the campaign.</param>
/// <param name="Pid">Its pid.</param>
public sealed record WorkerStarted(long ProcessNumber, int Pid) : ICampaignEvent;
