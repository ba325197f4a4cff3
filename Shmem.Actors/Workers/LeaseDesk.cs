using Akka.Actor;
using Akka.Event;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>What the supervisor says to the actor that counts leases, for its processes and on their behalf.</summary>
/// <param name="leases">That actor, or nobody.</param>
/// <param name="supervisor">The supervisor, which is told <see cref="SlotAnswer"/>.</param>
/// <param name="log">For what it refuses to us.</param>
internal sealed class LeaseDesk(IActorRef leases, IActorRef supervisor, ILoggingAdapter log)
{
    private readonly Dictionary<HolderId, HashSet<ShMemId>> _told = [];

    /// <summary>
    /// What a process is told of, it holds until the system says that it is gone. Asked for by us, before the process is told: so it never maps what is about to be
    /// freed, and a process that dies at once leaves no lease behind.
    /// </summary>
    public void Hold(SupervisedProcess process, in ShMemDescription segment)
    {
        if (!_told.TryGetValue(process.Holder, out var told)) _told.Add(process.Holder, told = []);
        told.Add(segment.Id);
        leases.Tell(new AcquireLease(process.Holder, segment.Id));
    }

    /// <summary>The system has said that the process is gone.</summary>
    public void IsGone(HolderId process)
    {
        _told.Remove(process);
        leases.Tell(new HolderGone(process));
    }

    /// <summary>What one of our own requests was answered with.</summary>
    public void WasRefused(RequestRefused refused) => log.Warning("A worker has no lease: {0}. {1}", refused.Why, refused.Remedy);

    /// <summary>
    /// Hands on what is about leases, with its sender, who gets the answer. A process of ours speaks for itself only. The children of forks are not known here: their tokens are
    /// what they are known by.
    /// </summary>
    /// <param name="request">The request.</param>
    /// <param name="sender">Who asks: not the worker's actor, but at its address, since each process is an actor system of its own.</param>
    /// <param name="asker">The process at that address; null where it is none of ours.</param>
    public void HandOn(ILeaseRequest request, IActorRef sender, SupervisedProcess? asker)
    {
        var holder = request.SpeaksFor;
        if (asker?.Holder == holder)
        {
            if (asker.Slot is { } slot && request is OnRestart or SucceedHolder or AcknowledgeRestart && !leases.IsNobody())
            {
                HandOn(request, sender, slot);
                return;
            }
        }
        else if (holder.ProcessNumber < ForkLedger.FirstChildNumber)
        {
            sender.Tell(new RequestRefused(ShMemError.Denied, $"{holder} did not ask that", "Ask for your own process."));
            return;
        }

        // Its own users are done with it. The lease stays: on its way here, the release may have met our word, by which the process holds the segment.
        if (request is ReleaseLease release && _told.TryGetValue(holder, out var told) && told.Contains(release.Id))
            sender.Tell(new LeaseReleased(holder, release.Id));
        else
            HandOn(request, sender);
    }

    /// <summary>Who follows whom in a slot has been answered.</summary>
    public static void Answered(SlotAnswer answered)
    {
        answered.Slot.Answered(answered.Request, answered.IsNew, answered.Answer);
        answered.Asker.Tell(answered.Answer);
    }

    /// <summary>Hands on what the slot's next worker has to know of: the answer comes by way of the supervisor, or not in time, as any may.</summary>
    private void HandOn(ILeaseRequest request, IActorRef sender, SlotState slot)
    {
        var isNew = slot.Asked(request);
        leases.Ask<object>(request, TimeLimits.Ask).ContinueWith(
            answer => supervisor.Tell(new SlotAnswer(slot, request, isNew, sender, answer.Result)), CancellationToken.None,
            TaskContinuationOptions.OnlyOnRanToCompletion | TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    /// <summary>Hands on what any member of the campaign may ask.</summary>
    public void HandOn(ICampaignRequest request, IActorRef sender)
    {
        if (leases.IsNobody()) sender.Tell(new RequestRefused(ShMemError.Unsupported, "this campaign counts no leases", "Do without."));
        else leases.Tell(request, sender);
    }

    /// <summary>To the supervisor: what a slot's holder asked is answered.</summary>
    public sealed record SlotAnswer(SlotState Slot, ILeaseRequest Request, bool IsNew, IActorRef Asker, object Answer);
}
