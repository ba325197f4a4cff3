namespace Shmem.Actors.Workers;

/// <summary>
/// Asks the <see cref="WorkerSupervisorActor"/> to kill a worker and all that it started. What follows is what follows any death. A number whose
/// process is gone already is ignored. Only the broker's own process can send it: it has no form on the wire.
/// </summary>
/// <param name="ProcessNumber">The process.</param>
/// <param name="Reason">Why, as it will stand in <see cref="WorkerExit.KilledFor"/>.</param>
/// <param name="IsTimeOut">True where it took longer than it may: <see cref="WorkerExitCause.TimedOut"/>.</param>
public sealed record KillWorker(long ProcessNumber, string Reason, bool IsTimeOut = false);
