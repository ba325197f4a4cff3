using Akka.Actor;
using Akka.Event;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors;

/// <summary>
/// The broker's supervisor of shared memory: creates segments on request, counts what keeps them (leases, forks, restarts), and frees each when nothing does any more.
/// One child per backend owns the segments.
/// </summary>
/// <remarks>
/// <para>
/// Takes <see cref="CreateSegment"/>, <see cref="AcquireLease"/>, <see cref="ReleaseLease"/>, <see cref="PreFork"/>, <see cref="PostFork"/>,
/// <see cref="ClaimFork"/>, <see cref="AbortFork"/>, <see cref="OnRestart"/>, <see cref="SucceedHolder"/>, <see cref="AcknowledgeRestart"/>,
/// <see cref="GetStatistics"/>, each of which is answered, and <see cref="HolderGone"/>, which is not. Leases of a process end when the operating system says that it is
/// gone, and not because a connection broke or DeathWatch gave up on it: such a process may live and write. It watches itself over the children of forks, of which
/// nobody else may know, and ends what the last child of a native fork server has kept of it.
/// </para>
/// <para>
/// Publishes on the event stream, in this order: <see cref="ForkPrepared"/>; then, once for each fork, <see cref="ForkCompleted"/> or
/// <see cref="ForkAborted"/>; <see cref="SegmentFreed"/> after whatever ended the last that kept the segment.
/// </para>
/// </remarks>
public sealed class RcShMemProviderActor : ReceiveActor, IWithTimers
{
    /// <summary>How long a time limit that met a bug waits, so that a bug which stays does not keep the broker busy.</summary>
    internal static readonly TimeSpan AfterBug = TimeSpan.FromSeconds(1);

    private readonly BrokerState _state;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private TimeSpan? _armed;
    private bool _isAnswered;

    internal RcShMemProviderActor(BrokerState state)
    {
        _state = state;
        Receive<CreateSegment>(Create);
        Receive<CreatedInBackend>(Created);
        Receive<RefusedInBackend>(refused => Refuse(refused.ReplyTo, refused.Refusal));
        Receive<AcquireLease>(acquire => Answer(_state.Leases.Acquire(acquire.Holder, acquire.Id), $"acquire {acquire.Id} for {acquire.Holder}",
            () => new LeaseGranted(acquire.Holder, _state.Segments[acquire.Id].Description)));
        Receive<ReleaseLease>(release => Answer(_state.Leases.Release(release.Holder, release.Id), $"release {release.Id} of {release.Holder}",
            () => new LeaseReleased(release.Holder, release.Id)));
        Receive<HolderGone>(gone => Gone(gone.Holder));
        Receive<GoneOnceMore>(gone => Gone(gone.Holder));
        Receive<LastChildGone>(gone => _state.Gone(gone.Server));
        Receive<PreFork>(Prepare);
        Receive<PostFork>(report =>
        {
            var outcome = _state.Ledger.Forks.Report(report.Token, report.Parent, report.Child);
            Answer(outcome, $"report {report.Child} for {report.Token}", () => new ForkAcknowledged(report.Token));
            if (outcome == LeaseOutcome.Done) Watch(report.Child);
        });
        Receive<ClaimFork>(Claim);
        Receive<AbortFork>(abort => Answer(_state.Ledger.Forks.Abort(abort.Token, abort.Parent), $"abort {abort.Token}",
            () => new ForkAcknowledged(abort.Token)));
        Receive<OnRestart>(restart => Answer(_state.Ledger.Restarts.Announce(restart.Holder, restart.Grace), $"reserve the leases of {restart.Holder}",
            () => new RestartAcknowledged(restart.Holder)));
        Receive<SucceedHolder>(succeed => Answer(_state.Ledger.Restarts.Succeed(succeed.Predecessor, succeed.Successor),
            $"succeed {succeed.Predecessor} by {succeed.Successor}", () => new RestartAcknowledged(succeed.Predecessor)));
        Receive<AcknowledgeRestart>(acknowledge => Answer(_state.Ledger.Restarts.Acknowledge(acknowledge.Predecessor, acknowledge.Successor),
            $"acknowledge {acknowledge.Predecessor} by {acknowledge.Successor}", () => new RestartAcknowledged(acknowledge.Predecessor)));
        Receive<LimitIsOver>(_ =>
        {
            _armed = null;
            _state.Ledger.Expire(_state.Now);
        });
        Receive<HolderIsUnwatched>(unwatched => _log.Error("{0} cannot be watched ({1}): what it holds is held until the broker ends",
            unwatched.Process, unwatched.Reason));
        Receive<GetStatistics>(_ => Reply(Sender, _state.Statistics()));
        Receive<ICampaignRequest>(request => Refuse(Sender, new RequestRefused(ShMemError.Unsupported,
            $"the provider of shared memory does not take {request.GetType().Name}", "Send it to the supervisor of the workers.")));
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

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

    /// <summary>What a message has ended is freed and told when it is done with: its answer comes first.</summary>
    protected override bool AroundReceive(Receive receive, object message)
    {
        _isAnswered = false;
        var taken = base.AroundReceive(receive, message);
        Settle();
        return taken;
    }

    /// <summary>
    /// Answers the request that met the bug, unless the bug came after its answer; and takes the system's report of a death once more, which nobody else would repeat: what
    /// the process held would be held for ever. Does not call the base, which would stop the children and with them free every segment.
    /// </summary>
    protected override void PreRestart(Exception reason, object message)
    {
        void RefuseFor(IActorRef asker)
        {
            if (!_isAnswered)
                Refuse(asker, new RequestRefused(ShMemError.Os, $"the broker failed: {reason.Message}", "This is a bug in Shmem: report it with the log."));
        }

        switch (message)
        {
            case CreatedInBackend created:
                // Nobody will ever release what nobody got.
                if (!_state.Segments.ContainsKey(created.Segment.Id)) Sender.Tell(new FreeInBackend(created.Segment.Id));
                RefuseFor(created.ReplyTo);
                break;
            case RefusedInBackend refused:
                RefuseFor(refused.ReplyTo);
                break;
            case CreateSegment or ICampaignRequest:
                RefuseFor(Sender);
                break;
            case HolderGone gone:
                Self.Tell(new GoneOnceMore(gone.Holder));
                break;
            case LastChildGone gone:
                Self.Tell(new GoneOnceMore(gone.Server));
                break;
            case GoneOnceMore gone:
                _log.Error("{0} is gone, and twice that could not be taken: what it held may be held until the broker ends", gone.Holder);
                break;
        }
    }

    /// <summary>Not called by a restart.</summary>
    protected override void PostStop() => _state.Servers.Dispose();

    /// <summary>
    /// Does not call the base, which would start the children once more. The timer went with the old actor; the limits did not. A bug that is met here again must not leave this
    /// method: Akka would stop the actor for it. The next message, or the timer, tries once more.
    /// </summary>
    protected override void PostRestart(Exception reason)
    {
        _log.Error(reason, "Restarted; no segment and no lease is lost");
        try
        {
            Settle(AfterBug);
        }
        catch (Exception again) when (again is not OutOfMemoryException)
        {
            _log.Error(again, "The restart met a bug too; what has ended is freed when it is met no more");
            Timers.StartSingleTimer(nameof(LimitIsOver), LimitIsOver.Instance, AfterBug);
        }
    }

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
            Refuse(created.ReplyTo, Refusal(outcome, $"create {created.Segment.Id} for {created.Request.Holder}"));
            return;
        }

        _state.Created(created.Segment, Sender);
        Reply(created.ReplyTo, new SegmentCreated(created.Segment));
    }

    private void Prepare(PreFork fork)
    {
        var outcome = _state.Ledger.Forks.Prepare(fork.Parent, fork.Limit, _state.Now, out var prepared);
        var answer = new ForkPrepared(fork.Parent, prepared.Token, prepared.ChildNumber, prepared.Leases);
        if (outcome == LeaseOutcome.Done) Context.System.EventStream.Publish(answer);
        Answer(outcome, $"announce a fork of {fork.Parent}", () => answer);
    }

    private void Claim(ClaimFork claim)
    {
        try
        {
            var outcome = _state.Claim(claim);
            Answer(outcome, $"claim {claim.Token} for {claim.Child}", () => new ForkAcknowledged(claim.Token));
            if (outcome == LeaseOutcome.Done) Watch(claim.Child);
        }
        catch (ShMemException refused)
        {
            Refuse(Sender, new RequestRefused(refused.Error, refused.Message, refused.Remedy));
        }
    }

    /// <summary>What a fork server's last child has mapped is the server's, until that child is gone too.</summary>
    private void Gone(HolderId holder)
    {
        if (_state.Servers.EndLastChild(holder) is { } end)
            end.PipeTo(Self, success: () => new LastChildGone(holder), failure: failed => new HolderIsUnwatched(holder, failed.Message));
        else _state.Gone(holder);
    }

    private void Answer(LeaseOutcome outcome, string operation, Func<ICampaignMessage> done)
    {
        if (LeaseRefusal.IsRefusal(outcome)) Refuse(Sender, Refusal(outcome, operation));
        else Reply(Sender, done());
    }

    private void Watch(HolderId process) =>
        _state.Watch(process)?.PipeTo(Self, success: () => new HolderGone(process), failure: failed => new HolderIsUnwatched(process, failed.Message));

    /// <summary>Frees what nothing keeps any more, tells which forks have ended, and sets the timer.</summary>
    /// <param name="least">The shortest wait of the timer.</param>
    private void Settle(TimeSpan least = default)
    {
        foreach (var fork in _state.Ledger.Forks.TakeEnded())
        {
            Context.System.EventStream.Publish(fork is { How: ForkEnd.Claimed, Child: { } child }
                ? new ForkCompleted(fork.Parent, fork.Token, child)
                : new ForkAborted(fork.Parent, fork.Token, fork.Child, fork.How));
        }

        foreach (var freed in _state.Leases.TakeFreed()) _state.Freed(freed)?.Tell(new FreeInBackend(freed));
        if (_state.Ledger.NextDue is not { } due || due == _armed) return;
        // Rounded up to what a timer counts in, or it would come too early. One that comes for nothing sets the next.
        var wait = TimeSpan.FromMilliseconds(Math.Max(1, Math.Ceiling((due - _state.Now).TotalMilliseconds)));
        Timers.StartSingleTimer(nameof(LimitIsOver), LimitIsOver.Instance, wait > least ? wait : least);
        _armed = due;
    }

    private void Refuse(IActorRef to, RequestRefused refusal)
    {
        _state.Refused++;
        _log.Info("Refused: {0}", refusal.Why);
        Reply(to, refusal);
    }

    private void Reply(IActorRef to, object answer)
    {
        to.Tell(answer);
        _isAnswered = true;
    }

    private static RequestRefused Refusal(LeaseOutcome outcome, string operation)
    {
        var refusal = LeaseRefusal.Of(outcome, operation);
        return new RequestRefused(refusal.Error, refusal.Message, refusal.Remedy);
    }

    private sealed class LimitIsOver
    {
        public static readonly LimitIsOver Instance = new();
    }

    /// <summary>A fork server is gone, and so is the child that it reported last.</summary>
    private sealed record LastChildGone(HolderId Server);

    private sealed record HolderIsUnwatched(HolderId Process, string Reason);

    /// <summary>A report of a death that met a bug, taken a second and last time.</summary>
    private sealed record GoneOnceMore(HolderId Holder);

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
