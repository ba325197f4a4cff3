using System.Collections.Immutable;
using Shmem.Actors.Messages;

namespace Shmem.Actors.Workers;

/// <summary>
/// What a worker does with the broker's messages. All members are called one at a time on the actor's thread, and have to return soon; the work
/// itself belongs to another thread. An exception is reported to the broker, which then kills the process.
/// </summary>
public interface IWorkerHandler
{
    /// <summary>The worker has joined. When it is warm it reports that by <see cref="WorkerConnection.ReportReady"/>.</summary>
    /// <param name="connection">How to talk to the broker, from any thread.</param>
    /// <param name="segments">The first 16 of the segments that there are; the others follow by <see cref="SegmentAnnounced"/>.</param>
    void Joined(WorkerConnection connection, ImmutableArray<NamedSegment> segments);

    /// <summary>There is one more segment that may be opened. Each is told of once.</summary>
    void SegmentAnnounced(NamedSegment segment);

    /// <summary>The worker has a slot and begins to work in it. Once in the process's life.</summary>
    void SlotAssigned(SlotAssigned slot);

    /// <summary>The answer to <see cref="WorkerConnection.RequestNextSegment"/>.</summary>
    void NextSegmentGranted(NextSegmentGranted granted);

    /// <summary>The answer to <see cref="WorkerConnection.RequestCheckpointSegment"/>. Who asks for none need not have it.</summary>
    void CheckpointSegmentGranted(CheckpointSegmentGranted granted)
    {
    }

    /// <summary>A request was refused.</summary>
    void Refused(RequestRefused refusal);

    /// <summary>The worker is to end its work, report that by <see cref="WorkerConnection.ReportStopped"/>, and exit.</summary>
    /// <param name="grace">How long it has until it is killed.</param>
    void StopRequested(TimeSpan grace);
}
