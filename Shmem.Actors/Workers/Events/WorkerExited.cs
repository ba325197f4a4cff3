namespace Shmem.Actors.Workers.Events;

/// <summary>Published on the broker's event stream: a worker process is gone, as the operating system said.</summary>
/// <param name="ProcessNumber">Its number in the campaign.</param>
/// <param name="Pid">Its pid.</param>
/// <param name="Slot">The slot that it held; null for a spare.</param>
/// <param name="Exit">How it ended: the exit code, the signal, whether we killed it or its time was over, and the kind of death.</param>
public sealed record WorkerExited(long ProcessNumber, int Pid, int? Slot, WorkerExit Exit) : ICampaignEvent;
