using Shmem.Actors.Messages;

namespace Shmem.Actors.Workers;

/// <summary>
/// Tells the <see cref="WorkerSupervisorActor"/> to send <see cref="SegmentAnnounced"/> to every worker that has joined. Those that join later learn
/// it from <see cref="IWorkerApplication.Segments"/>. It has no form on the wire.
/// </summary>
/// <param name="Segment">The segment.</param>
public sealed record AnnounceSegment(NamedSegment Segment);
