using Akka;
using Akka.Actor;

namespace Shmem.Actors.Workers;

/// <summary>Ends the workers within Akka's coordinated shutdown.</summary>
public static class WorkerShutdown
{
    /// <summary>
    /// Adds a task to the phase <c>service-requests-done</c> that stops all workers: they are told to stop, and when the grace time is over the process groups of those that
    /// are left are killed. Akka.Hosting runs the phase when its host stops; <see cref="ActorSystem.Terminate"/> alone does not, with the settings of akka.hocon.
    /// </summary>
    /// <param name="system">The broker's actor system.</param>
    /// <param name="supervisor">Its <see cref="WorkerSupervisorActor"/>.</param>
    /// <param name="grace">How long a worker may take to stop by itself: at most the phase's time limit in the settings, less <see cref="TimeLimits.Ask"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is longer: Akka would go on while workers live.</exception>
    public static void Register(ActorSystem system, IActorRef supervisor, TimeSpan grace)
    {
        var shutdown = CoordinatedShutdown.Get(system);
        var (limit, needed) = (shutdown.Timeout(CoordinatedShutdown.PhaseServiceRequestsDone), grace + TimeLimits.Ask);
        if (needed > limit)
        {
            throw new ArgumentOutOfRangeException(nameof(grace), grace,
                $"akka.coordinated-shutdown.phases.{CoordinatedShutdown.PhaseServiceRequestsDone}.timeout is {limit.TotalSeconds} s; {needed.TotalSeconds} s are needed.");
        }

        shutdown.AddTask(CoordinatedShutdown.PhaseServiceRequestsDone, "stop-workers", async () =>
        {
            await supervisor.Ask<WorkersStopped>(new StopWorkers(grace), needed).ConfigureAwait(false);
            return Done.Instance;
        });
    }
}
