using Akka.Actor;
using Shmem.Actors.Messages;

namespace Shmem.Actors.Workers;

/// <summary>A worker's way to its broker. Thread-safe; nothing here waits.</summary>
public sealed class WorkerConnection
{
    private readonly IActorRef _broker;
    private readonly IActorRef _self;
    private readonly long _processNumber;

    internal WorkerConnection(IActorRef broker, IActorRef self, long processNumber)
    {
        _broker = broker;
        _self = self;
        _processNumber = processNumber;
    }

    /// <summary>The target is loaded and warm: a slot may come.</summary>
    public void ReportReady() => _broker.Tell(new ReportReady(_processNumber), _self);

    /// <summary>Asks for a segment of the slot's log ahead of need. Asking again gives the same one.</summary>
    /// <param name="slot">The slot.</param>
    /// <param name="generation">As <see cref="SlotAssigned"/> said.</param>
    /// <param name="sequence">The number of the segment within the log.</param>
    public void RequestNextSegment(int slot, int generation, int sequence) =>
        _broker.Tell(new RequestNextSegment(slot, generation, sequence), _self);

    /// <summary>The work has ended as asked; the process exits now.</summary>
    public void ReportStopped() => _broker.Tell(new ReportStopped(_processNumber), _self);

    /// <summary>The process cannot go on, through no fault of the target. The broker kills it.</summary>
    public void ReportFailure(string reason) => _broker.Tell(new ReportFailure(_processNumber, reason), _self);
}
