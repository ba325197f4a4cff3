using System.Diagnostics;
using Akka.Actor;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// A process that the supervisor started, until the operating system says that it is gone: it has to join, then to be ready, and once killed to end, each within its
/// limit. The limits are timers of the supervisor's, which tells it of all else that happens to it. Owns the process's segment.
/// </summary>
internal sealed class SupervisedProcess
{
    private static readonly TimeSpan DeathIsToldWithin = TimeSpan.FromSeconds(2);

    private readonly WorkerProcess _process;
    private readonly WorkerOptions _options;
    private readonly ITimerScheduler _timers;
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly HashSet<ICampaignMessage> _unconfirmed = [];

    /// <param name="process">The process, which has just been started.</param>
    /// <param name="segment">Its segment.</param>
    /// <param name="options">The limits.</param>
    /// <param name="timers">For <see cref="LimitReached"/>, <see cref="NotConfirmed"/> and <see cref="WillNotDie"/>.</param>
    public SupervisedProcess(WorkerProcess process, ShMem segment, WorkerOptions options, ITimerScheduler timers)
    {
        _process = process;
        _options = options;
        _timers = timers;
        Segment = segment;
        Limit(options.JoinLimit, $"did not join within {options.JoinLimit.TotalSeconds:0.#} s", isTimeOut: true);
    }

    public HolderId Holder => _process.Holder;

    public long Number => Holder.ProcessNumber;

    public ShMem Segment { get; }

    /// <summary>Its actor; null until it has joined.</summary>
    public IActorRef? Actor { get; private set; }

    public bool IsReady { get; private set; }

    /// <summary>True once its connection is lost for good: nothing that it is told arrives any more, and it ends soon.</summary>
    public bool IsLost { get; private set; }

    /// <summary>True once we have killed it; it counts for nothing more.</summary>
    public bool IsEnding { get; private set; }

    /// <summary>True once it was killed because it had not joined or was not ready in its time, or its connection was lost.</summary>
    public bool IsLate { get; private set; }

    /// <summary>The slot that it has; null for a spare.</summary>
    public SlotState? Slot { get; set; }

    /// <summary>What it said was wrong, before it ended.</summary>
    public string? Failure { get; set; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(_started);

    /// <summary>True where it waits for a slot, or will.</summary>
    public bool IsSpare => Slot is null && !IsEnding;

    /// <summary>True where a slot may be its own now.</summary>
    public bool IsAssignable => IsSpare && IsReady && !IsLost;

    /// <summary>True where somebody who says that it is <paramref name="holder"/> may join, or may ask again: the first answer may have been lost.</summary>
    public bool MayJoin(HolderId holder, IActorRef actor) => !IsEnding && !IsLost && Holder == holder && (Actor is null || Actor.Equals(actor));

    public void Join(IActorRef actor)
    {
        Actor = actor;
        Limit(_options.ReadyLimit, $"was not ready within {_options.ReadyLimit.TotalSeconds:0.#} s", isTimeOut: true);
    }

    public void BecomeReady()
    {
        IsReady = true;
        // What it said may have been under way when the connection was lost.
        if (!IsLost) _timers.Cancel(LimitKey);
    }

    /// <summary>
    /// Tells the worker what it has to know, and again each time that it has not said it back within its time: a connection that breaks takes with it what is under way, and
    /// nobody learns of it. The worker has joined, and does not mind to be told twice.
    /// </summary>
    public void Tell(ICampaignMessage message)
    {
        if (IsEnding) return;
        if (_unconfirmed.Count == 0) _timers.StartPeriodicTimer(TellKey, new NotConfirmed(Number), _options.ConfirmLimit);
        _unconfirmed.Add(message);
        Actor!.Tell(message);
    }

    /// <summary>The time of <see cref="NotConfirmed"/> is over.</summary>
    public void TellAgain()
    {
        foreach (var message in _unconfirmed) Actor!.Tell(message);
    }

    /// <summary>The worker has said back what it was told.</summary>
    public void Confirm(ICampaignMessage message)
    {
        if (_unconfirmed.Remove(message) && _unconfirmed.Count == 0) _timers.Cancel(TellKey);
    }

    /// <summary>A connection breaks before the system tells of the death; killing at once would make a crash look like our doing.</summary>
    public void LoseConnection()
    {
        IsLost = true;
        Limit(DeathIsToldWithin, "its connection is lost", isTimeOut: false);
    }

    /// <summary>The time of a limit is over: kills it.</summary>
    public void End(LimitReached limit)
    {
        if (!IsEnding) IsLate = true;
        End(limit.Reason, limit.IsTimeOut);
    }

    /// <summary>Kills it, unless that was done before. Who follows it waits for the operating system: this death may make the next start wait.</summary>
    public void End(string reason, bool isTimeOut = false)
    {
        if (IsEnding) return;
        IsEnding = true;
        _timers.Cancel(TellKey);
        _timers.StartSingleTimer(EndKey, new WillNotDie(Number), _options.KillLimit);
        _process.Kill(reason, isTimeOut);
    }

    /// <summary>The system has said that it is gone: no limit holds any more. Its segment is still to be read, and to be freed.</summary>
    public void IsGone()
    {
        _timers.Cancel(LimitKey);
        _timers.Cancel(TellKey);
        _timers.Cancel(EndKey);
    }

    /// <summary>The supervisor is no more, or fails: kills it, and lets whoever comes next wait for the system.</summary>
    /// <returns>What is left to do then.</returns>
    public AbandonedProcess Abandon()
    {
        _process.Kill("the supervisor has stopped");
        return new AbandonedProcess(Holder, Slot?.Number, Slot?.Generation ?? -1, Segment);
    }

    private object LimitKey => (nameof(LimitReached), Number);

    private object TellKey => (nameof(NotConfirmed), Number);

    private object EndKey => (nameof(WillNotDie), Number);

    /// <summary>From now on this is what ends it, and no limit of before.</summary>
    private void Limit(TimeSpan limit, string reason, bool isTimeOut) =>
        _timers.StartSingleTimer(LimitKey, new LimitReached(Number, reason, isTimeOut), limit);

    /// <summary>To the supervisor: the process has to be ended.</summary>
    public sealed record LimitReached(long ProcessNumber, string Reason, bool IsTimeOut);

    /// <summary>To the supervisor: the process has not said back all that it was told.</summary>
    public sealed record NotConfirmed(long ProcessNumber);

    /// <summary>To the supervisor: the process was killed and has not ended.</summary>
    public sealed record WillNotDie(long ProcessNumber);
}
