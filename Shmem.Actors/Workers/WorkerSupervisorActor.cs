using System.ComponentModel;
using Akka.Actor;
using Akka.Event;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Slots;

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
    private readonly WorkerOptions _options;
    private readonly IWorkerApplication _application;
    private readonly LeaseDesk _leases;
    private readonly SlotRoster _slots;
    private readonly ILoggingAdapter _log = Context.GetLogger();
    private readonly Dictionary<long, SupervisedProcess> _processes = [];
    private readonly HashSet<IActorRef> _waitForStop = [];
    private long _nextNumber;
    private bool _isDraining;

    /// <summary>For Akka, which makes actors by their public constructor; see <see cref="Props"/>.</summary>
    public WorkerSupervisorActor(WorkerOptions options, IWorkerApplication application, IActorRef leases)
    {
        _options = options;
        _application = application;
        _leases = new LeaseDesk(leases, _log);
        _slots = new SlotRoster(options);
        _nextNumber = options.FirstProcessNumber;
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
    public static Props Props(WorkerOptions options, IWorkerApplication application, IActorRef? leases = null)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(application);
        return Akka.Actor.Props.Create(() => new WorkerSupervisorActor(options, application, leases ?? ActorRefs.Nobody));
    }

    /// <inheritdoc/>
    protected override void PreStart() => Staff();

    /// <summary>Nobody outlives the supervisor, however it ends.</summary>
    protected override void PostStop()
    {
        foreach (var process in _processes.Values) process.Abandon();
    }

    /// <summary>Answers the request that met the bug. What follows is the end of all workers.</summary>
    protected override void PreRestart(Exception reason, object message)
    {
        if (message is ICampaignRequest)
            Sender.Tell(new RequestRefused(ShMemError.Os, $"the broker failed: {reason.Message}", "This is a bug of the broker's: report it with the log."));
        base.PreRestart(reason, message);
    }

    /// <summary>A supervisor that failed does not begin again: its slots would be others.</summary>
    protected override void PostRestart(Exception reason)
    {
        Context.System.EventStream.Publish(new WorkersFailed(reason.Message));
        Context.Stop(Self);
    }

    private void Working()
    {
        Receive<ReportReady>(OnReady);
        Receive<JoinCampaign>(OnJoin);
        Receive<BackOffIsOver>(over =>
        {
            over.Count.WaitIsOver();
            Staff();
        });
        Receive<StopWorkers>(Drain);
        Always();
    }

    /// <summary>Nobody is started or assigned any more; the actor answers when the last process is gone.</summary>
    private void Draining()
    {
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
            foreach (var process in _processes.Values) End(process, "the campaign has ended");
            Timers.StartSingleTimer(nameof(DrainIsOverdue), DrainIsOverdue.Instance, _options.KillLimit);
        });
        Receive<DrainIsOverdue>(_ => AnswerStopped());
        Receive<ReportReady>(_ => { });
        Receive<BackOffIsOver>(_ => { });
        Always();
    }

    private void Always()
    {
        Receive<ProcessEnded>(OnEnded);
        Receive<RequestNextSegment>(request => Grant(request.Slot, request.Generation, request.Sequence >= 0,
            () => _application.NextSegment(request.Slot, request.Sequence),
            segment => new NextSegmentGranted(request.Slot, request.Sequence, segment)));
        Receive<RequestCheckpointSegment>(request => Grant(request.Slot, request.Generation,
            request is { Area: 0 or 1, Size: > 0 and <= SlotCheckpoint.LargestState },
            () => _application.CheckpointSegment(request.Slot, request.Area, request.Size),
            segment => new CheckpointSegmentGranted(request.Slot, request.Area, segment)));
        Receive<ReportFailure>(OnFailure);
        // Its exit follows, and says more.
        Receive<ReportStopped>(_ => { });
        Receive<KillWorker>(kill => End(_processes.GetValueOrDefault(kill.ProcessNumber), kill.Reason, kill.IsTimeOut));
        Receive<SupervisedProcess.LimitReached>(limit => End(_processes.GetValueOrDefault(limit.ProcessNumber), limit.Reason, limit.IsTimeOut));
        Receive<SupervisedProcess.WillNotDie>(message => Park(_processes.GetValueOrDefault(message.ProcessNumber)));
        Receive<Terminated>(lost => Find(lost.ActorRef)?.LoseConnection());
        Receive<AnnounceSegment>(announce =>
        {
            foreach (var process in _processes.Values.Where(process => process.Actor is not null))
            {
                _leases.Hold(process, announce.Segment.Description);
                process.Actor!.Tell(new SegmentAnnounced(announce.Segment));
            }
        });
        Receive<LeaseGranted>(_ => { });
        Receive<AcquireLease>(acquire => ForLeases(acquire.Holder, acquire));
        Receive<ReleaseLease>(release => ForLeases(release.Holder, release));
        Receive<PreFork>(fork => ForLeases(fork.Parent, fork));
        Receive<PostFork>(fork => ForLeases(fork.Parent, fork));
        Receive<AbortFork>(fork => ForLeases(fork.Parent, fork));
        Receive<ClaimFork>(fork => ForLeases(fork.Child, fork));
        Receive<OnRestart>(restart => ForLeases(restart.Holder, restart));
        Receive<SucceedHolder>(succeed => ForLeases(succeed.Successor, succeed));
        Receive<AcknowledgeRestart>(acknowledge => ForLeases(acknowledge.Successor, acknowledge));
        Receive<GetStatistics>(request => _leases.HandOn(request, Sender));
        Receive<RequestRefused>(_leases.WasRefused);
        Receive<ICampaignRequest>(request => Sender.Tell(new RequestRefused(ShMemError.Unsupported,
            $"the supervisor of the workers does not take {request.GetType().Name}", "Do without.")));
    }

    private void ForLeases(HolderId holder, ICampaignRequest request) => _leases.HandOn(request, holder, Sender,
        _processes.Values.FirstOrDefault(process => process.Actor is not null && process.Actor.Path.Address == Sender.Path.Address));

    private void OnJoin(JoinCampaign join)
    {
        var holder = new HolderId(join.ProcessNumber, join.Pid, join.KernelStartTime);
        if (_processes.GetValueOrDefault(join.ProcessNumber) is not { } process || !process.MayJoin(holder, Sender))
        {
            _log.Warning("Refused {0} at {1}: not a process of this campaign", holder, Sender);
            Sender.Tell(new RequestRefused(ShMemError.Denied, $"{holder} was not started by this campaign", "Only the broker starts workers."));
            return;
        }

        var segments = _application.Segments();
        foreach (var segment in segments) _leases.Hold(process, segment.Description);
        Sender.Tell(new CampaignJoined(segments));
        if (process.Actor is not null) return;
        process.Join(Sender);
        Context.Watch(Sender);
        Publish(new WorkerJoined(process.Number, process.Age));
    }

    private void OnReady(ReportReady ready)
    {
        if (Find(Sender) is not { IsReady: false, IsEnding: false } process || process.Number != ready.ProcessNumber) return;
        process.BecomeReady();
        _slots.DeathsOf(null).Reset();
        Publish(new WorkerReady(process.Number, process.Age));
        Staff();
    }

    /// <summary>A slot's holder gets a segment that the application has for the slot.</summary>
    private void Grant(int slotNumber, int generation, bool isSound, Func<ShMemDescription> segment, Func<ShMemDescription, ICampaignMessage> answer)
    {
        if (Find(Sender)?.Slot is not { } slot || slot.Number != slotNumber || slot.Generation != generation || !isSound)
        {
            Sender.Tell(new RequestRefused(ShMemError.Denied, $"slot {slotNumber} is not held by generation {generation}", "Exit."));
            return;
        }

        try
        {
            var granted = segment();
            _leases.Hold(slot.Holder!, granted);
            Sender.Tell(answer(granted));
        }
        catch (ShMemException refused)
        {
            Sender.Tell(new RequestRefused(refused.Error, refused.Message, refused.Remedy));
        }
    }

    private void OnFailure(ReportFailure failure)
    {
        if (Find(Sender) is not { } process || process.Number != failure.ProcessNumber) return;
        process.Failure = failure.Reason;
        End(process, failure.Reason);
    }

    /// <summary>Take-over is this one order: claim finished, inputs copied out, next generation assigned, segment freed, new spare started.</summary>
    private void OnEnded(ProcessEnded ended)
    {
        if (!_processes.Remove(ended.ProcessNumber, out var process)) return;
        process.IsGone();
        if (process.Actor is not null) Context.Unwatch(process.Actor);
        var slot = process.Slot;
        var exit = ended.Exit;
        try
        {
            exit = exit with { Kind = _application.KindOf(exit) };
            var verdict = _application.ProcessGone(
                new WorkerGone(process.Holder, slot?.Number, slot?.Generation ?? -1, process.Segment, exit));
            if (slot is not null) slot.Holder = null;
            if (!_isDraining) Restaff(process, verdict, exit);
        }
        finally
        {
            process.Segment.Dispose();
        }

        Publish(new WorkerExited(process.Number, process.Holder.Pid, slot?.Number, exit));
        // Told of after the exit is whatever that frees.
        _leases.IsGone(process);
        if (_isDraining) AnswerIfStopped();
        else StartMissing();
    }

    private void Restaff(SupervisedProcess gone, ProcessVerdict verdict, WorkerExit exit)
    {
        if (verdict == ProcessVerdict.BeforeFirstExecution) CountEarlyDeath(gone.Slot, Reason(gone, exit));
        else gone.Slot?.EarlyDeaths.Reset();
        if (!_isDraining) AssignVacant();
    }

    private void CountEarlyDeath(SlotState? slot, string reason)
    {
        if (slot is { IsParked: true }) return;
        slot = _slots.Charged(slot);
        var count = _slots.DeathsOf(slot);
        if (count.Add(_options) is { } wait)
        {
            Timers.StartSingleTimer(count, new BackOffIsOver(count), wait);
            return;
        }

        _log.Error("{0} gives up: {1}", slot is null ? "The spare" : $"Slot {slot.Number}", reason);
        if (slot is null) return;
        Publish(new SlotGaveUp(slot.Number, reason));
        if (!_slots.HasOpen) Fail(reason);
    }

    private static string Reason(SupervisedProcess gone, WorkerExit exit)
    {
        var said = exit.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).FirstOrDefault();
        var how = gone.Failure ?? exit.Describe();
        return said is null || gone.Failure is not null ? $"a worker {how} before its first execution" : $"a worker {how} before its first execution: {said}";
    }

    private void Staff()
    {
        AssignVacant();
        StartMissing();
    }

    private void AssignVacant()
    {
        foreach (var slot in _slots.Vacant)
        {
            var ready = _processes.Values.Where(process => process is { IsSpare: true, IsReady: true }).MinBy(process => process.Number);
            if (ready is null) return;
            Assign(slot, ready);
        }
    }

    private void Assign(SlotState slot, SupervisedProcess process)
    {
        slot.Generation++;
        slot.Holder = process;
        process.Slot = slot;
        var segments = _application.OpenSlot(slot.Number, slot.Generation, process.Number);
        _leases.Hold(process, segments.Log);
        _leases.Hold(process, segments.Checkpoint);
        process.Actor!.Tell(new SlotAssigned(slot.Number, slot.Generation, segments.Log, segments.Checkpoint));
        if (slot.Generation > 0) Publish(new WorkerRespawned(slot.Number, slot.Generation, process.Number));
    }

    /// <summary>As many processes without a slot as slots without a process, and the spare.</summary>
    private void StartMissing()
    {
        while (!_isDraining && _processes.Values.Count(process => process.IsSpare) < _slots.UnassignedWanted) StartOne();
    }

    private void StartOne()
    {
        var number = _nextNumber++;
        ShMem? segment = null;
        try
        {
            segment = _application.CreateProcessSegment(number);
            var broker = Self.Path.ToStringWithAddress(Campaign.CampaignRemoting.AddressOf(Context.System));
            var process = WorkerProcess.Start(_options.Launch,
                new WorkerBootstrap(number, broker, _options.Certificate, segment.Description, _application.Payload(number)));
            _processes.Add(number, new SupervisedProcess(process, segment, _options, Timers));
            process.Exit.PipeTo(Self, success: exit => new ProcessEnded(number, exit));
            Publish(new WorkerStarted(number, process.Holder.Pid));
        }
        catch (Exception refused) when (refused is Win32Exception or ShMemException)
        {
            segment?.Dispose();
            var reason = $"a worker cannot be started: {refused.Message}";
            // While none has ever worked, trying again helps nobody.
            if (_slots.IsUntouched) Fail(reason);
            else CountEarlyDeath(null, reason);
        }
    }

    private void End(SupervisedProcess? process, string reason, bool isTimeOut = false)
    {
        if (process?.End(reason, isTimeOut) != true) return;
        // A spare that ends leaves its place at once; a worker's slot waits for the operating system.
        if (process.Slot is null && !_isDraining) StartMissing();
    }

    private void Park(SupervisedProcess? process)
    {
        _log.Error("{0} was killed and does not end", process?.Holder);
        if (_isDraining || process?.Slot is not { IsParked: false } slot) return;
        Publish(new SlotParked(slot.Number, process.Number, _slots.Park(slot).Number));
        Staff();
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
        if (stop.Grace > TimeSpan.Zero)
            foreach (var process in _processes.Values) process.Actor?.Tell(new StopWorker(stop.Grace));
        Timers.StartSingleTimer(nameof(GraceIsOver), GraceIsOver.Instance, stop.Grace);
        AnswerIfStopped();
        // Who has not joined knows nothing that would be lost.
        foreach (var process in _processes.Values.Where(process => process.Actor is null)) End(process, "the campaign has ended");
    }

    private void BeginDraining()
    {
        _isDraining = true;
        Become(Draining);
    }

    private void AnswerIfStopped()
    {
        if (_processes.Count == 0) AnswerStopped();
    }

    private void AnswerStopped()
    {
        var answer = new WorkersStopped([.. _processes.Values.Select(process => process.Holder.Pid)]);
        foreach (var asker in _waitForStop) asker.Tell(answer);
        _waitForStop.Clear();
    }

    private SupervisedProcess? Find(IActorRef actor) => _processes.Values.FirstOrDefault(process => actor.Equals(process.Actor));

    private static void Publish(object happened) => Context.System.EventStream.Publish(happened);

    private sealed record ProcessEnded(long ProcessNumber, WorkerExit Exit);

    private sealed record BackOffIsOver(EarlyDeathCount Count);

    private sealed class GraceIsOver
    {
        public static readonly GraceIsOver Instance = new();
    }

    private sealed class DrainIsOverdue
    {
        public static readonly DrainIsOverdue Instance = new();
    }
}
