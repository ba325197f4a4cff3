using Akka.Actor;
using Akka.Event;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// Keeps a campaign's worker processes: as many as there are slots, and one warm spare that takes over when a worker is gone. The broker starts it
/// under a name of its choice; workers learn its path. It takes <see cref="KillWorker"/>, <see cref="AnnounceSegment"/> and <see cref="StopWorkers"/>, and
/// publishes what happens (the records of <see cref="Events"/>) on the event stream.
/// </summary>
/// <remarks>
/// <para>
/// It is the only one that workers are told of. Every request of theirs is answered: what is about leases, forks, restarts and <see cref="GetStatistics"/> by whoever
/// counts the leases, and what nobody takes by <see cref="RequestRefused"/>.
/// </para>
/// <para>Only the operating system says that a process is gone. A lost connection or a time limit kills the process, and then that is waited for.</para>
/// </remarks>
public sealed class WorkerSupervisorActor : ReceiveActor, IWithTimers
{
    /// <summary>Segments that the answer to a join names; the others are announced behind it. So many fit one message, however long their names are.</summary>
    private const int SegmentsAtJoin = 16;

    private readonly WorkerOptions _options;
    private readonly IWorkerApplication _application;
    private readonly LeaseDesk _leases;
    private readonly SlotSegmentDesk _slotSegments;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly HashSet<IActorRef> _waitForStop = [];

    /// <summary>Processes of this actor before it failed, which are not gone yet. It outlives the failure.</summary>
    private readonly Dictionary<long, AbandonedProcess> _abandoned;

    private WorkerStaff _staff = null!;

    private WorkerSupervisorActor(WorkerOptions options, IWorkerApplication application, IActorRef leases,
        Dictionary<long, AbandonedProcess> abandoned)
    {
        _abandoned = abandoned;
        _options = options;
        _application = application;
        _leases = new LeaseDesk(leases, Self, _log);
        _slotSegments = new SlotSegmentDesk(application, _leases);
        Become(Working);
    }

    /// <inheritdoc/>
    public ITimerScheduler Timers { get; set; } = null!;

    /// <summary>How to make the actor. It starts processes at once.</summary>
    /// <param name="options">How many, and how.</param>
    /// <param name="application">What the broker's application contributes.</param>
    /// <param name="leases">
    /// Who is asked for a lease on each segment that a process is told of (<see cref="AcquireLease"/>, for the process), and is told <see cref="HolderGone"/> for
    /// each process that is gone: <see cref="RcShMemProviderActor"/>; null for nobody.
    /// </param>
    /// <exception cref="ArgumentOutOfRangeException">A number of the options is out of its range.</exception>
    public static Props Props(WorkerOptions options, IWorkerApplication application, IActorRef? leases = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(application);
        options.Check();
        return Akka.Actor.Props.CreateBy(new Producer(options, application, leases ?? ActorRefs.Nobody));
    }

    /// <summary>What comes of the first processes is an ordinary message's doing: of a bug in here nobody would be told.</summary>
    protected override void PreStart()
    {
        Staff();
        Self.Tell(Begin.Instance);
    }

    /// <summary>Nobody outlives the supervisor, however it ends. Not called by a restart.</summary>
    protected override void PostStop()
    {
        foreach (var process in _staff.Abandon().Concat(_abandoned.Values)) process.Dispose();
    }

    /// <summary>
    /// Answers the request that met the bug, and ends all workers. The actor's successor has those wait for that who ask for it. Does not call the base, which would let the
    /// processes' segments go while there is still something in them.
    /// </summary>
    protected override void PreRestart(Exception reason, object message)
    {
        if (message is ICampaignRequest)
            Sender.Tell(new RequestRefused(ShMemError.Os, $"the broker failed: {reason.Message}", "This is a bug of the broker's: report it with the log."));
        foreach (var process in _staff.Abandon()) _abandoned.Add(process.Holder.ProcessNumber, process);
        if (message is StopWorkers) _waitForStop.Add(Sender);
        foreach (var asker in _waitForStop) Self.Tell(new StopWorkers(TimeSpan.Zero), asker);
    }

    /// <summary>A supervisor that failed does not begin again, since its slots would be others: it only answers.</summary>
    protected override void PostRestart(Exception reason)
    {
        Staff();
        Context.System.EventStream.Publish(new WorkersFailed(reason.Message));
        BeginDraining();
    }

    /// <summary>Not in the constructor: the timers come later.</summary>
    private void Staff() => _staff = new WorkerStaff(_options, _application, _leases, Context, Timers, Fail);

    private void Working()
    {
        Receive<Begin>(_ => _staff.Complete());
        Receive<ReportReady>(OnReady);
        Receive<JoinCampaign>(OnJoin);
        Receive<WorkerStaff.BackOffIsOver>(over => _staff.WaitIsOver(over));
        Receive<StopWorkers>(Drain);
        Always();
    }

    /// <summary>Nobody is started or assigned any more; the actor answers when the last process is gone.</summary>
    private void Draining()
    {
        Receive<Begin>(_ => { });
        Receive<JoinCampaign>(_ => Sender.Tell(new RequestRefused(ShMemError.Unsupported, "the campaign is ending", "Exit.")));
        Receive<StopWorkers>(stop =>
        {
            // The impatient ask twice: the last word counts.
            _waitForStop.Add(Sender);
            Timers.StartSingleTimer(nameof(GraceIsOver), GraceIsOver.Instance, stop.Grace);
            AnswerIfStopped();
        });
        Receive<GraceIsOver>(_ =>
        {
            Timers.StartSingleTimer(nameof(DrainIsOverdue), DrainIsOverdue.Instance, _options.KillLimit);
            foreach (var process in _staff.Processes) process.End("the campaign has ended");
        });
        Receive<DrainIsOverdue>(_ => AnswerStopped());
        Receive<ReportReady>(_ => { });
        Receive<WorkerStaff.BackOffIsOver>(_ => { });
        Always();
    }

    private void Always()
    {
        Receive<WorkerStaff.ProcessEnded>(ended =>
        {
            if (!_staff.TakeOver(ended) && _abandoned.Remove(ended.ProcessNumber, out var abandoned))
            {
                var exit = abandoned.End(ended.Exit, _application, _log);
                Publish(new WorkerExited(ended.ProcessNumber, abandoned.Holder.Pid, abandoned.Slot, exit));
                _leases.IsGone(abandoned.Holder);
            }

            AnswerIfStopped();
        });
        Receive<RequestNextSegment>(request => _slotSegments.Answer(request, Sender, _staff.Find(Sender)));
        Receive<RequestCheckpointSegment>(request => _slotSegments.Answer(request, Sender, _staff.Find(Sender)));
        Receive<ReportFailure>(OnFailure);
        // Its exit follows, and says more.
        Receive<ReportStopped>(_ => { });
        Receive<KillWorker>(kill => _staff.Find(kill.ProcessNumber)?.End(kill.Reason, kill.IsTimeOut));
        Receive<SupervisedProcess.LimitReached>(limit => _staff.Find(limit.ProcessNumber)?.End(limit));
        Receive<SupervisedProcess.NotConfirmed>(message => _staff.Find(message.ProcessNumber)?.TellAgain());
        // Said back by who was told.
        Receive<SlotAssigned>(told => _staff.Find(Sender)?.Confirm(told));
        Receive<SegmentAnnounced>(told => _staff.Find(Sender)?.Confirm(told));
        Receive<SupervisedProcess.WillNotDie>(message => _staff.Park(_staff.Find(message.ProcessNumber)));
        Receive<Terminated>(lost => _staff.Find(lost.ActorRef)?.LoseConnection());
        Receive<AnnounceSegment>(announce =>
        {
            foreach (var process in _staff.Processes.Where(process => process.Actor is not null)) Announce(process, announce.Segment);
        });
        Receive<LeaseGranted>(_ => { });
        Receive<LeaseDesk.SlotAnswer>(LeaseDesk.Answered);
        Receive<ILeaseRequest>(request => _leases.HandOn(request, Sender, _staff.FindAt(Sender.Path.Address)));
        Receive<GetStatistics>(request => _leases.HandOn(request, Sender));
        Receive<RequestRefused>(_leases.WasRefused);
        Receive<ICampaignRequest>(request => Sender.Tell(new RequestRefused(ShMemError.Unsupported,
            $"the supervisor of the workers does not take {request.GetType().Name}", "Do without.")));
    }

    private void OnJoin(JoinCampaign join)
    {
        var holder = new HolderId(join.ProcessNumber, join.Pid, join.KernelStartTime);
        if (_staff.Find(join.ProcessNumber) is not { } process || !process.MayJoin(holder, Sender))
        {
            _log.Warning("Refused {0} at {1}: not a process of this campaign", holder, Sender);
            Sender.Tell(new RequestRefused(ShMemError.Denied, $"{holder} was not started by this campaign", "Only the broker starts workers."));
            return;
        }

        var isNew = process.Actor is null;
        if (isNew)
        {
            process.Join(Sender);
            Context.Watch(Sender);
        }

        var segments = _application.Segments();
        var first = segments[..Math.Min(segments.Length, SegmentsAtJoin)];
        foreach (var segment in first) _leases.Hold(process, segment.Description);
        Sender.Tell(new CampaignJoined(first));
        foreach (var segment in segments[first.Length..]) Announce(process, segment);
        if (isNew) Publish(new WorkerJoined(process.Number, process.Age));
    }

    private void Announce(SupervisedProcess process, NamedSegment segment)
    {
        _leases.Hold(process, segment.Description);
        process.Tell(new SegmentAnnounced(segment));
    }

    private void OnReady(ReportReady ready)
    {
        if (_staff.Find(Sender) is { IsReady: false, IsEnding: false } process && process.Number == ready.ProcessNumber) _staff.IsReady(process);
    }

    private void OnFailure(ReportFailure failure)
    {
        if (_staff.Find(Sender) is not { } process || process.Number != failure.ProcessNumber) return;
        process.Failure = failure.Reason;
        process.End(failure.Reason);
    }

    private void Fail(string reason)
    {
        Publish(new WorkersFailed(reason));
        BeginDraining();
        Self.Tell(GraceIsOver.Instance);
    }

    private void Drain(StopWorkers stop)
    {
        BeginDraining();
        _waitForStop.Add(Sender);
        // Before anybody hears of it, here and wherever a limit begins: who has heard may count on the limit.
        Timers.StartSingleTimer(nameof(GraceIsOver), GraceIsOver.Instance, stop.Grace);
        if (stop.Grace > TimeSpan.Zero)
            foreach (var process in _staff.Processes) process.Actor?.Tell(new StopWorker(stop.Grace));
        AnswerIfStopped();
        // Who has not joined knows nothing that would be lost.
        foreach (var process in _staff.Processes.Where(process => process.Actor is null)) process.End("the campaign has ended");
    }

    private void BeginDraining()
    {
        _staff.Close();
        Become(Draining);
    }

    private void AnswerIfStopped()
    {
        if (_staff.Processes.Count + _abandoned.Count == 0) AnswerStopped();
    }

    private void AnswerStopped()
    {
        var left = _staff.Processes.Select(process => process.Holder).Concat(_abandoned.Values.Select(abandoned => abandoned.Holder));
        var answer = new WorkersStopped([.. left.Select(holder => holder.Pid)]);
        foreach (var asker in _waitForStop) asker.Tell(answer);
        _waitForStop.Clear();
    }

    private static void Publish(object happened) => Context.System.EventStream.Publish(happened);

    private sealed class Producer(WorkerOptions options, IWorkerApplication application, IActorRef leases) : IIndirectActorProducer
    {
        private readonly Dictionary<long, AbandonedProcess> _abandoned = [];

        public Type ActorType => typeof(WorkerSupervisorActor);

        public ActorBase Produce() => new WorkerSupervisorActor(options, application, leases, _abandoned);

        public void Release(ActorBase actor)
        {
        }
    }

    private sealed class Begin
    {
        public static readonly Begin Instance = new();
    }

    private sealed class GraceIsOver
    {
        public static readonly GraceIsOver Instance = new();
    }

    private sealed class DrainIsOverdue
    {
        public static readonly DrainIsOverdue Instance = new();
    }
}
