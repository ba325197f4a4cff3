using Akka.Actor;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Slots;

namespace Shmem.Actors.Workers;

/// <summary>Gives the holder of a slot what the application has for the slot: the next segment of its log, and segments for large states.</summary>
/// <param name="application">Makes the segments.</param>
/// <param name="leases">By which the holder holds them.</param>
internal sealed class SlotSegmentDesk(IWorkerApplication application, LeaseDesk leases)
{
    /// <summary>Answers a request.</summary>
    /// <param name="request">The request.</param>
    /// <param name="sender">Who asks.</param>
    /// <param name="asker">The process that it is; null where it is none of ours.</param>
    public void Answer(RequestNextSegment request, IActorRef sender, SupervisedProcess? asker) => Grant(sender, asker, request.Slot, request.Generation,
        request.Sequence >= 0 ? null : $"a log has no segment {request.Sequence}",
        () => application.NextSegment(request.Slot, request.Sequence),
        segment => new NextSegmentGranted(request.Slot, request.Sequence, segment));

    /// <inheritdoc cref="Answer(RequestNextSegment, IActorRef, SupervisedProcess)"/>
    public void Answer(RequestCheckpointSegment request, IActorRef sender, SupervisedProcess? asker) => Grant(sender, asker, request.Slot, request.Generation,
        request is { Area: 0 or 1, Size: > 0 and <= SlotCheckpoint.LargestState } ? null : $"area {request.Area} has no segment of {request.Size} bytes",
        () => application.CheckpointSegment(request.Slot, request.Area, request.Size),
        segment => new CheckpointSegmentGranted(request.Slot, request.Area, segment));

    private void Grant(IActorRef sender, SupervisedProcess? asker, int slotNumber, int generation, string? unsound, Func<ShMemDescription> segment,
        Func<ShMemDescription, ICampaignMessage> answer)
    {
        if (asker?.Slot is not { } slot || slot.Number != slotNumber || slot.Generation != generation)
        {
            sender.Tell(new RequestRefused(ShMemError.Denied, $"slot {slotNumber} is not held by generation {generation}", "Exit."));
            return;
        }

        if (unsound is not null)
        {
            sender.Tell(new RequestRefused(ShMemError.Invalid, unsound, "Ask for what there can be."));
            return;
        }

        try
        {
            var granted = segment();
            leases.Hold(asker, granted);
            sender.Tell(answer(granted));
        }
        catch (ShMemException refused)
        {
            sender.Tell(new RequestRefused(refused.Error, refused.Message, refused.Remedy));
        }
    }
}
