using Akka;
using Akka.Actor;

namespace Shmem.Actors.Workers;

/// <summary>Ends the workers within Akka's coordinated shutdown.</summary>
public static class WorkerShutdown
{
    /// <summary>
    /// Adds a task to the phase <c>service-requests-done</c> that stops all workers. That phase's time limit in the settings has to be longer than
    /// <paramref name="grace"/>.
    /// </summary>
    /// <param name="system">The broker's actor system.</param>
    /// <param name="supervisor">Its <see cref="WorkerSupervisorActor"/>.</param>
    /// <param name="grace">How long a worker may take to stop by itself.</param>
    public static void Register(ActorSystem system, IActorRef supervisor, TimeSpan grace) =>
        CoordinatedShutdown.Get(system).AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "stop-workers", async () =>
        {
            await supervisor.Ask<WorkersStopped>(new StopWorkers(grace), grace + TimeLimits.Ask).ConfigureAwait(false);
            return Done.Instance;
        });
}
