using Akka.Actor;
using Akka.Event;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors;

/// <summary>
/// The broker's supervisor of shared memory: creates segments on request, counts who holds them, and frees each when its last lease has ended. One child per
/// backend owns the segments.
/// </summary>
/// <remarks>
/// Takes <see cref="CreateSegment"/>, <see cref="AcquireLease"/>, <see cref="ReleaseLease"/>, <see cref="GetStatistics"/>, each of which is answered, and
/// <see cref="HolderGone"/>, which is not. Leases of a process end when the operating system says that it is gone, and not because a connection broke or
/// DeathWatch gave up on it: such a process may live and write.
/// </remarks>
public sealed class RcShMemProviderActor : ReceiveActor
{
    private readonly BrokerState _state;
    private readonly ILoggingAdapter _log = Context.GetLogger();

    internal RcShMemProviderActor(BrokerState state)
    {
        _state = state;
        Receive<CreateSegment>(Create);
        Receive<CreatedInBackend>(Created);
        Receive<RefusedInBackend>(refused => Refuse(refused.ReplyTo, refused.Refusal));
        Receive<AcquireLease>(Acquire);
        Receive<ReleaseLease>(Release);
        Receive<HolderGone>(End);
        Receive<GetStatistics>(_ => Sender.Tell(_state.Statistics()));
        Receive<ICampaignRequest>(request => Refuse(Sender, new RequestRefused(ShMemError.Unsupported,
            $"the provider of shared memory does not take {request.GetType().Name}", "Send it to the supervisor of the workers.")));
    }

    /// <summary>How to start it.</summary>
    /// <param name="providers">The backends, at least one; the first is the default. Of two with the same scheme the first counts.</param>
    public static Props Props(params IEnumerable<ShMemProvider> providers)
    {
        var state = new BrokerState(providers);
        if (state.Backends.Count == 0) throw new ArgumentException("At least one backend is needed.", nameof(providers));
        return Props(state);
    }

    internal static Props Props(BrokerState state) => Akka.Actor.Props.CreateBy(new Producer(state));

    /// <inheritdoc/>
    protected override void PreStart()
    {
        foreach (var backend in _state.Backends) Context.ActorOf(ShMemProviderActor.Props(backend), backend.Scheme);
    }

    /// <summary>Answers the request that met the bug. Does not call the base, which would stop the children and with them free every segment.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        var bug = new RequestRefused(ShMemError.Os, $"the broker failed: {reason.Message}", "This is a bug in Shmem: report it with the log.");
        switch (message)
        {
            case CreatedInBackend created:
                // Nobody will ever release what nobody got.
                if (!_state.Segments.ContainsKey(created.Segment.Id)) Sender.Tell(new FreeInBackend(created.Segment.Id));
                Refuse(created.ReplyTo, bug);
                break;
            case CreateSegment or ICampaignRequest:
                Refuse(Sender, bug);
                break;
        }
    }

    /// <summary>Does not call the base, which would start the children once more.</summary>
    protected override void PostRestart(Exception reason) => _log.Error(reason, "Restarted; no segment and no lease is lost");

    private void Create(CreateSegment create)
    {
        var backend = Context.Child(create.Scheme ?? _state.Backends[0].Scheme);
        if (backend.IsNobody())
        {
            Refuse(Sender, new RequestRefused(ShMemError.Unsupported, $"the broker has no backend '{create.Scheme}'",
                $"There are {string.Join(", ", _state.Backends.Select(b => b.Scheme))}."));
            return;
        }

        backend.Tell(new CreateInBackend(create, Sender));
    }

    private void Created(CreatedInBackend created)
    {
        var outcome = _state.Leases.Add(created.Request.Holder, created.Segment.Id);
        if (outcome != LeaseOutcome.Granted)
        {
            Sender.Tell(new FreeInBackend(created.Segment.Id));
            Refuse(created.ReplyTo, Refusal(outcome, created.Request.Holder, created.Segment.Id));
            return;
        }

        _state.Created(created.Segment, Sender);
        created.ReplyTo.Tell(new SegmentCreated(created.Segment));
    }

    private void Acquire(AcquireLease acquire)
    {
        var outcome = _state.Leases.Acquire(acquire.Holder, acquire.Id);
        if (outcome is LeaseOutcome.Granted or LeaseOutcome.AlreadyHeld)
            Sender.Tell(new LeaseGranted(acquire.Holder, _state.Segments[acquire.Id].Description));
        else
            Refuse(Sender, Refusal(outcome, acquire.Holder, acquire.Id));
    }

    private void Release(ReleaseLease release)
    {
        var outcome = _state.Leases.Release(release.Holder, release.Id);
        if (outcome is LeaseOutcome.Released or LeaseOutcome.Freed) Sender.Tell(new LeaseReleased(release.Holder, release.Id));
        else Refuse(Sender, Refusal(outcome, release.Holder, release.Id));
        if (outcome == LeaseOutcome.Freed) Free(release.Id);
    }

    private void End(HolderGone gone)
    {
        foreach (var id in _state.Leases.HolderGone(gone.Holder, Context.System.Scheduler.MonotonicClock)) Free(id);
    }

    private void Free(ShMemId id) => _state.Freed(id).Tell(new FreeInBackend(id));

    private void Refuse(IActorRef to, RequestRefused refusal)
    {
        _state.Refused++;
        _log.Info("Refused: {0}", refusal.Why);
        to.Tell(refusal);
    }

    private static RequestRefused Refusal(LeaseOutcome outcome, HolderId holder, ShMemId id) => outcome switch
    {
        LeaseOutcome.NotHeld => new RequestRefused(ShMemError.NotFound, $"{holder} has no lease on {id}", "Release a lease once, by its holder."),
        LeaseOutcome.HolderIsGone => new RequestRefused(ShMemError.NotFound, $"{holder} is gone", "Ask as a process that lives."),
        LeaseOutcome.Exists => new RequestRefused(ShMemError.Os, $"{id} exists already", "This is a bug in Shmem: report it with the log."),
        _ => new RequestRefused(ShMemError.NotFound, $"no segment {id} lives here", "Ask for a segment that the broker announced and that is held."),
    };

    /// <summary>Makes the actor, again after each restart, with the same state. Akka makes one without help only by a public constructor.</summary>
    private sealed class Producer(BrokerState state) : IIndirectActorProducer
    {
        public Type ActorType => typeof(RcShMemProviderActor);

        public ActorBase Produce() => new RcShMemProviderActor(state);

        public void Release(ActorBase actor)
        {
        }
    }
}
