using System.ComponentModel;
using Akka.Actor;
using Akka.Event;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;

namespace Shmem.Actors.Workers;

/// <summary>
/// The supervisor's processes: as many as there are slots, and the spare; who has which slot, who follows whom, and when to give up. Publishes what happens. Used
/// on the supervisor's thread, which is told of ends and of waits that are over by <see cref="ProcessEnded"/> and <see cref="BackOffIsOver"/>.
/// </summary>
/// <param name="options">How many, and how.</param>
/// <param name="application">What the broker's application contributes.</param>
/// <param name="leases">For what the processes are told of.</param>
/// <param name="supervisor">The supervisor's cell, of which it is a part.</param>
/// <param name="timers">The supervisor's.</param>
/// <param name="failed">Is called where nobody could ever work any more, with the reason.</param>
internal sealed class WorkerStaff(WorkerOptions options, IWorkerApplication application, LeaseDesk leases, IActorContext supervisor, ITimerScheduler timers,
    Action<string> failed)
{
    private readonly ILoggingAdapter _log = supervisor.GetLogger();
    private readonly Dictionary<long, SupervisedProcess> _processes = [];
    private readonly SlotRoster _slots = new(options);
    private long _nextNumber = options.FirstProcessNumber;

    /// <summary>The processes that the system has not yet said to be gone.</summary>
    public IReadOnlyCollection<SupervisedProcess> Processes => _processes.Values;

    private bool IsNobodyAlive => _processes.Values.All(process => process.IsEnding);

    public SupervisedProcess? Find(long processNumber) => _processes.GetValueOrDefault(processNumber);

    public SupervisedProcess? Find(IActorRef actor) => _processes.Values.FirstOrDefault(process => actor.Equals(process.Actor));

    /// <summary>The process whose actor system that is: each has its own.</summary>
    public SupervisedProcess? FindAt(Address address) =>
        _processes.Values.FirstOrDefault(process => process.Actor is not null && process.Actor.Path.Address == address);

    /// <summary>Gives each vacant slot a process that is ready, and starts as many as are missing then.</summary>
    public void Complete()
    {
        AssignVacant();
        StartMissing();
    }

    /// <summary>Nobody is started or assigned any more.</summary>
    public void Close() => _slots.Close();

    /// <summary>The supervisor is no more, or fails: nobody outlives it.</summary>
    /// <returns>The processes, which were killed; their segments are the caller's from now on.</returns>
    public IReadOnlyList<AbandonedProcess> Abandon() => [.. _processes.Values.Select(process => process.Abandon())];

    /// <summary>A process is loaded and warm: what kept others from it is over.</summary>
    public void IsReady(SupervisedProcess process)
    {
        process.BecomeReady();
        _slots.FailedStarts.Reset();
        Publish(new WorkerReady(process.Number, process.Age));
        Complete();
    }

    /// <summary>Leaves a slot to its holder, which was killed and does not end, and opens another. Who has none is only replaced.</summary>
    public void Park(SupervisedProcess? process)
    {
        _log.Error("{0} was killed and does not end", process?.Holder);
        if (_slots.IsClosed || process is null || process.Slot is { IsParked: true }) return;
        if (process.Slot is { } slot) Publish(new SlotParked(slot.Number, process.Number, _slots.Park(slot).Number));
        else CountFailedStart("a worker was killed and does not end");
        Complete();
    }

    /// <summary>The system has said that a process is gone. Take-over is this one order: claim finished, inputs copied out, next generation assigned, segment freed, new spare started.</summary>
    /// <returns>False where it is none of these processes.</returns>
    public bool TakeOver(ProcessEnded ended)
    {
        if (!_processes.Remove(ended.ProcessNumber, out var process)) return false;
        process.IsGone();
        if (process.Actor is not null) supervisor.Unwatch(process.Actor);
        var slot = process.Slot;
        var exit = ended.Exit;
        try
        {
            exit = exit with { Kind = application.KindOf(exit) };
            var verdict = application.ProcessGone(new WorkerGone(process.Holder, slot?.Number, slot?.Generation ?? -1, process.Segment, exit));
            if (slot is not null) slot.Holder = null;
            Count(process, verdict, exit);
            AssignVacant();
        }
        finally
        {
            // Whatever the application did: nobody else knows of this process any more.
            process.Segment.Dispose();
            Publish(new WorkerExited(process.Number, process.Holder.Pid, slot?.Number, exit));
            // Told of after the exit is whatever that frees.
            leases.IsGone(process.Holder);
        }

        StartMissing();
        return true;
    }

    /// <summary>A slot, or a start, may be tried once more.</summary>
    public void WaitIsOver(BackOffIsOver over)
    {
        over.Count.WaitIsOver();
        Complete();
    }

    private void AssignVacant()
    {
        foreach (var slot in _slots.Vacant)
        {
            var ready = _processes.Values.Where(process => process.IsAssignable).MinBy(process => process.Number);
            if (ready is null) return;
            Assign(slot, ready);
        }
    }

    private void Assign(SlotState slot, SupervisedProcess process)
    {
        SlotSegments segments;
        try
        {
            segments = application.OpenSlot(slot.Number, slot.Generation + 1, process.Number);
        }
        catch (ShMemException refused)
        {
            // The process is not to blame: it stays for whoever gets segments.
            CountEarlyDeath(slot, $"its segments are not to be had: {refused.Message}");
            return;
        }

        slot.Generation++;
        slot.Holder = process;
        process.Slot = slot;
        leases.Hold(process, segments.Log);
        leases.Hold(process, segments.Checkpoint);
        process.Tell(new SlotAssigned(slot.Number, slot.Generation, segments.Log, segments.Checkpoint, slot.Predecessor));
        if (slot.Generation > 0) Publish(new WorkerRespawned(slot.Number, slot.Generation, process.Number));
    }

    /// <summary>As many processes without a slot as slots without a process, and the spare.</summary>
    private void StartMissing()
    {
        while (_processes.Values.Count(process => process.IsSpare) < _slots.UnassignedWanted) StartOne();
    }

    private void StartOne()
    {
        var number = _nextNumber++;
        try
        {
            var segment = application.CreateProcessSegment(number);
            var process = Start(number, segment);
            _processes.Add(number, new SupervisedProcess(process, segment, options, timers));
            process.Exit.PipeTo(supervisor.Self, success: exit => new ProcessEnded(number, exit));
            Publish(new WorkerStarted(number, process.Holder.Pid));
        }
        catch (Exception refused) when (refused is Win32Exception or ShMemException)
        {
            var reason = $"a worker cannot be started: {refused.Message}";
            // While none has ever worked or is about to, trying again helps nobody.
            if (_slots.IsUntouched && IsNobodyAlive) Fail(reason);
            else CountFailedStart(reason);
        }
    }

    /// <summary>Starts a process with its segment, or lets that go.</summary>
    private WorkerProcess Start(long number, ShMem segment)
    {
        try
        {
            var broker = supervisor.Self.Path.ToStringWithAddress(CampaignRemoting.AddressOf(supervisor.System));
            return WorkerProcess.Start(options.Launch,
                new WorkerBootstrap(number, broker, options.Certificate, segment.Description, application.Payload(number)));
        }
        catch
        {
            using (segment) application.ProcessNotStarted(number);
            throw;
        }
    }

    private void Count(SupervisedProcess gone, ProcessVerdict verdict, WorkerExit exit)
    {
        if (gone.Slot is not { } slot)
        {
            // What it executed was to become warm, and did not help it to be ready in time.
            if (verdict != ProcessVerdict.AfterFirstExecution || gone.IsLate) CountFailedStart(Reason(gone, exit, verdict != ProcessVerdict.BeforeFirstExecution));
        }
        else if (verdict == ProcessVerdict.AfterFirstExecution)
        {
            slot.EarlyDeaths.Reset();
        }
        else
        {
            CountEarlyDeath(slot, Reason(gone, exit, verdict == ProcessVerdict.Failed));
        }
    }

    private void CountEarlyDeath(SlotState slot, string reason)
    {
        if (_slots.IsClosed || slot.IsParked) return;
        Wait(slot.EarlyDeaths);
        if (!slot.EarlyDeaths.HasGivenUp) return;
        _log.Error("Slot {0} gives up: {1}", slot.Number, reason);
        Publish(new SlotGaveUp(slot.Number, reason));
        if (!_slots.HasOpen) Fail(reason);
    }

    private void CountFailedStart(string reason)
    {
        if (_slots.IsClosed) return;
        var starts = _slots.FailedStarts;
        var isKnown = starts.HasGivenUp;
        // Who dies meanwhile was started with the one that is waited for.
        if (!starts.IsWaiting) Wait(starts);
        if (!starts.HasGivenUp) return;
        // A campaign that has worked is not ended by a bad moment.
        if (IsNobodyAlive && (_slots.IsUntouched || starts.HasWaitedLongest))
        {
            Fail(reason);
        }
        else if (!isKnown)
        {
            _log.Error("Workers do not start; where a slot waits for one it is tried again, one at a time: {0}", reason);
            Publish(new WorkerStartsFailed(reason));
        }
    }

    private void Wait(EarlyDeathCount count) => timers.StartSingleTimer(count, new BackOffIsOver(count), count.Add(options));

    private void Fail(string reason)
    {
        Close();
        failed(reason);
    }

    /// <summary>With what it said: of one that had worked its last words, since what came before may be the job's.</summary>
    private static string Reason(SupervisedProcess gone, WorkerExit exit, bool hasWorked)
    {
        var lines = exit.Stderr.Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var said = gone.Failure is not null ? null : hasWorked ? lines.LastOrDefault() : lines.FirstOrDefault();
        return $"a worker {gone.Failure ?? exit.Describe()}{(hasWorked ? "" : " before its first execution")}{(said is null ? "" : $": {said}")}";
    }

    private void Publish(object happened) => supervisor.System.EventStream.Publish(happened);

    /// <summary>To the supervisor: the system says that a process is gone.</summary>
    public sealed record ProcessEnded(long ProcessNumber, WorkerExit Exit);

    /// <summary>To the supervisor: the wait after an early death.</summary>
    public sealed record BackOffIsOver(EarlyDeathCount Count);
}
