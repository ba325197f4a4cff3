namespace Shmem.Actors.Workers;

/// <summary>
/// Ends all workers: each is asked to stop, and killed after the grace time. The <see cref="WorkerSupervisorActor"/> answers
/// <see cref="WorkersStopped"/> when every process is gone. It has no form on the wire.
/// </summary>
/// <param name="Grace">How long a worker may take to stop by itself; zero kills at once.</param>
public sealed record StopWorkers(TimeSpan Grace);
