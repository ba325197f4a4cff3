using System.Collections.Immutable;
using Shmem.Actors.Messages;
using Shmem.Backends;

namespace Shmem.Actors.Workers;

/// <summary>
/// What the broker's application contributes to its <see cref="WorkerSupervisorActor"/>. All members are called one at a time on the actor's thread,
/// and have to return within milliseconds. An exception ends the campaign's workers, except where a member says otherwise.
/// </summary>
public interface IWorkerApplication
{
    /// <summary>Creates a process's own segment, before the process is started.</summary>
    /// <returns>The owner's view. The supervisor disposes it when the process is gone.</returns>
    /// <exception cref="ShMemException">No segment is to be had; it counts as a death before the first execution.</exception>
    ShMem CreateProcessSegment(long processNumber);

    /// <summary>The process whose segment was created could not be started; the supervisor disposes the segment. Who does not say otherwise does nothing.</summary>
    void ProcessNotStarted(long processNumber)
    {
    }

    /// <summary>What the process is told on its standard input besides. At most about 1 MiB; see <see cref="WorkerBootstrap.LargestSize"/>.</summary>
    ReadOnlyMemory<byte> Payload(long processNumber);

    /// <summary>
    /// The segments that every process of the campaign may open now. A process that joins is told of the first 16 by <see cref="IWorkerHandler.Joined"/>, and of the others at once
    /// after that by <see cref="IWorkerHandler.SegmentAnnounced"/>.
    /// </summary>
    ImmutableArray<NamedSegment> Segments();

    /// <summary>A process takes a slot. The slot's segments are made at its first generation, and kept for the next ones.</summary>
    /// <param name="slot">The slot, counted from 0.</param>
    /// <param name="generation">How often the slot was assigned before.</param>
    /// <param name="processNumber">The process that takes it.</param>
    /// <exception cref="ShMemException">They are not to be had; it counts as a death before the first execution, and the process stays for another slot.</exception>
    SlotSegments OpenSlot(int slot, int generation, long processNumber);

    /// <summary>The segment with that number in the slot's log. The same question gets the same answer.</summary>
    /// <exception cref="ShMemException">It is not to be had; the worker's request is refused for that reason.</exception>
    ShMemDescription NextSegment(int slot, int sequence);

    /// <summary>
    /// A segment for states that are larger than an area of the slot's checkpoint. It, and what was given for the area before, lives as long as the slot's checkpoint. Who
    /// does not say otherwise gives none.
    /// </summary>
    /// <param name="slot">The slot.</param>
    /// <param name="area">The area, 0 or 1; each has segments of its own.</param>
    /// <param name="size">Bytes that are wanted, 1 to <see cref="Backends.Slots.SlotCheckpoint.LargestState"/>.</param>
    /// <exception cref="ShMemException">It is not to be had; the worker's request is refused for that reason.</exception>
    ShMemDescription CheckpointSegment(int slot, int area, int size) => throw new ShMemException(ShMemError.Unsupported,
        $"give slot {slot} a segment of {size} bytes for its checkpoint", "this application gives none", "Save no state that is larger than an area.");

    /// <summary>
    /// What kind of death it was, for <see cref="WorkerExit.Kind"/>: what the application can tell by the exit code and by what was written to standard error. Who does
    /// not say otherwise tells none.
    /// </summary>
    /// <param name="how">How the process ended.</param>
    string? KindOf(WorkerExit how) => null;

    /// <summary>
    /// A process is gone. Here its claim is finished and its inputs are copied out: the slot is assigned to another process, and the segment freed, only
    /// when this has returned.
    /// </summary>
    ProcessVerdict ProcessGone(WorkerGone gone);
}
