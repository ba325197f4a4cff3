using Akka.Actor;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>Which limit holds at which time of a process's life; what the supervisor makes of it is in <see cref="WorkerSupervisorTests"/>.</summary>
public sealed class SupervisedProcessTests : IDisposable
{
    private static readonly WorkerOptions Options = new(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default)
    {
        JoinLimit = TimeSpan.FromSeconds(3), ReadyLimit = TimeSpan.FromSeconds(4.5), KillLimit = TimeSpan.FromSeconds(5), ConfirmLimit = TimeSpan.FromSeconds(6),
    };

    private readonly HeldTimers _timers = new();
    private readonly ShMem _segment = new HeapShMemProvider().Create(64);
    private readonly WorkerProcess _process;
    private readonly SupervisedProcess _supervised;

    public SupervisedProcessTests()
    {
        _process = WorkerProcess.Start(Options.Launch, new WorkerBootstrap(7, "", default, _segment.Description, default));
        _supervised = new SupervisedProcess(_process, _segment, Options, _timers);
    }

    public void Dispose()
    {
        _process.Dispose();
        _segment.Dispose();
    }

    [Fact]
    public void It_has_to_join_and_then_to_be_ready_and_then_there_is_no_limit()
    {
        Assert.Equal([(new SupervisedProcess.LimitReached(7, "did not join within 3 s", true), Options.JoinLimit)], _timers.Started);

        _supervised.Join(new Somebody("a"));
        Assert.Equal([(new SupervisedProcess.LimitReached(7, "was not ready within 4.5 s", true), Options.ReadyLimit)], _timers.Started);

        _supervised.BecomeReady();
        Assert.True(_supervised is { IsReady: true, IsSpare: true, IsAssignable: true, IsEnding: false });
        Assert.Empty(_timers.Started);
    }

    [Fact]
    public void A_lost_connection_ends_it_a_little_later_unless_the_system_tells_of_its_death()
    {
        _supervised.Join(new Somebody("a"));
        _supervised.LoseConnection();
        Assert.Equal([(new SupervisedProcess.LimitReached(7, "its connection is lost", false), TimeSpan.FromSeconds(2))], _timers.Started);
        Assert.True(PeerCommand.Lives(_supervised.Holder.Pid));

        _supervised.IsGone();
        Assert.Empty(_timers.Started);
    }

    [Fact]
    public void Whose_connection_is_lost_gets_no_slot_although_it_was_ready_meanwhile()
    {
        var worker = new Somebody("a");
        _supervised.Join(worker);
        _supervised.LoseConnection();
        var limits = _timers.Started.ToList();

        _supervised.BecomeReady();

        Assert.Equal(limits, _timers.Started);
        Assert.False(_supervised.IsAssignable || _supervised.MayJoin(_supervised.Holder, worker));
    }

    [Fact]
    public void What_it_is_told_it_is_told_again_until_it_has_said_it_back()
    {
        var worker = new Somebody("a");
        _supervised.Join(worker);
        _supervised.BecomeReady();
        var (slot, log) = (SlotOf(generation: 1), new SegmentAnnounced(new NamedSegment("log", 1, _segment.Description)));
        _supervised.Tell(slot);
        _supervised.Tell(log);
        // As who joins twice is told of the same.
        _supervised.Tell(log with { });
        Assert.Equal([slot, log, log], worker.Told);
        Assert.Equal([(new SupervisedProcess.NotConfirmed(7), Options.ConfirmLimit)], _timers.Started);

        _supervised.TellAgain();
        Assert.Equal([slot, log], worker.Told[3..]);

        _supervised.Confirm(SlotOf(generation: 0));
        _supervised.Confirm(SlotOf(generation: 1));
        _supervised.TellAgain();
        Assert.Equal([log], worker.Told[5..]);
        Assert.NotEmpty(_timers.Started);

        _supervised.Confirm(log);
        Assert.Empty(_timers.Started);
        // The answers to what it was told again.
        _supervised.Confirm(slot);
        _supervised.Confirm(log);
        _supervised.TellAgain();
        Assert.Equal(6, worker.Told.Count);

        ShMemDescription Own() => _segment.Description;
        SlotAssigned SlotOf(int generation) => new(0, generation, Own(), Own(), null);
    }

    [Fact]
    public void Killed_it_is_told_nothing_any_more()
    {
        var worker = new Somebody("a");
        _supervised.Join(worker);
        _supervised.BecomeReady();
        var log = new SegmentAnnounced(new NamedSegment("log", 1, _segment.Description));
        _supervised.Tell(log);

        _supervised.End("a hang");
        _supervised.Tell(log);

        Assert.Equal([(new SupervisedProcess.WillNotDie(7), Options.KillLimit)], _timers.Started);
        Assert.Single(worker.Told);
        _supervised.IsGone();
        Assert.Empty(_timers.Started);
    }

    [Fact]
    public async Task It_is_killed_once_and_for_the_first_reason_and_has_to_end()
    {
        _supervised.BecomeReady();
        _supervised.End("a hang", isTimeOut: true);
        _supervised.End("something else");
        Assert.Equal([(new SupervisedProcess.WillNotDie(7), Options.KillLimit)], _timers.Started);
        Assert.True(_supervised is { IsEnding: true, IsSpare: false });
        var exit = await _process.Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((WorkerExitCause.TimedOut, "a hang"), (exit.Cause, exit.KilledFor));

        _supervised.IsGone();
        Assert.Empty(_timers.Started);
        // What it left is still to be read.
        Assert.Equal(64, _supervised.Segment.Span.Length);
    }

    [Fact]
    public void Who_is_it_may_join_and_may_ask_again_until_it_is_killed()
    {
        var holder = _supervised.Holder;
        var (own, other) = (new Somebody("own"), new Somebody("other"));
        Assert.False(_supervised.MayJoin(holder with { ProcessNumber = 8 }, own));
        Assert.False(_supervised.MayJoin(holder with { Pid = holder.Pid + 1 }, own));
        Assert.False(_supervised.MayJoin(holder with { KernelStartTime = holder.KernelStartTime + 1 }, own));
        Assert.True(_supervised.MayJoin(holder, other));
        Assert.True(_supervised.MayJoin(holder, own));

        _supervised.Join(own);
        Assert.True(_supervised.MayJoin(holder, own));
        Assert.False(_supervised.MayJoin(holder, other));

        _supervised.End("a hang");
        Assert.False(_supervised.MayJoin(holder, own));
    }

    [Fact]
    public async Task Abandoned_it_is_killed_and_its_segment_is_for_whoever_looks_after_it()
    {
        var abandoned = _supervised.Abandon();
        var exit = await _process.Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((WorkerExitCause.Killed, "the supervisor has stopped"), (exit.Cause, exit.KilledFor));
        Assert.Equal(64, abandoned.Segment.Span.Length);
        abandoned.Dispose();
        Assert.Throws<ObjectDisposedException>(() => _segment.Span.Length);
    }

    private sealed class Somebody(string name) : MinimalActorRef
    {
        public List<object> Told { get; } = [];

        public override ActorPath Path { get; } = new RootActorPath(Address.AllSystems) / name;

        public override IActorRefProvider Provider => throw new NotSupportedException();

        protected override void TellInternal(object message, IActorRef sender) => Told.Add(message);
    }

    /// <summary>Timers that never ring.</summary>
    private sealed class HeldTimers : ITimerScheduler
    {
        private readonly Dictionary<object, (object Message, TimeSpan After)> _started = [];

        public IEnumerable<(object Message, TimeSpan After)> Started => _started.Values;

        public IReadOnlyCollection<object> ActiveTimers => _started.Keys;

        public void StartSingleTimer(object key, object msg, TimeSpan timeout) => _started[key] = (msg, timeout);

        public void StartSingleTimer(object key, object msg, TimeSpan timeout, IActorRef sender) => throw new NotSupportedException();

        public void StartPeriodicTimer(object key, object msg, TimeSpan interval) => _started[key] = (msg, interval);

        public void StartPeriodicTimer(object key, object msg, TimeSpan interval, IActorRef sender) => throw new NotSupportedException();

        public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval) => throw new NotSupportedException();

        public void StartPeriodicTimer(object key, object msg, TimeSpan initialDelay, TimeSpan interval, IActorRef sender) => throw new NotSupportedException();

        public bool IsTimerActive(object key) => _started.ContainsKey(key);

        public void Cancel(object key) => _started.Remove(key);

        public void CancelAll() => _started.Clear();
    }
}
