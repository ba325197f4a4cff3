using System.Collections.Concurrent;
using Akka.Actor;
using Akka.TestKit;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>The machine's steps, taken by messages to an <see cref="RcShMemProviderActor"/>. Its clock and its timers stand still between steps.</summary>
internal sealed class ActorLedgers : IAsyncDisposable
{
    private readonly ActorSystem _system;
    private readonly ManualTime _time = new();
    private readonly IActorRef _provider;
    private readonly ActorSelection _backend;
    private readonly IActorRef _recorder;
    private readonly ConcurrentQueue<object> _happened = new();
    private readonly Dictionary<int, ShMemId> _ids = [];
    private readonly Dictionary<ShMemId, int> _numbers = [];
    private TimeSpan _now;

    public ActorLedgers(ActorSystem system, int mostOpenForks)
    {
        _system = system;
        // Deaths are steps of the machine: no process here is real.
        var state = new BrokerState([new HeapShMemProvider()], _time, _ => new TaskCompletionSource().Task, new LifetimeLedger(1, mostOpenForks));
        _provider = system.ActorOf(RcShMemProviderActor.Props(state));
        _backend = system.ActorSelection(_provider.Path / "heap");
        _recorder = system.ActorOf(Props.Create(() => new Recorder(_happened)));
        foreach (var type in new[] { typeof(SegmentFreed), typeof(ForkPrepared), typeof(ForkCompleted), typeof(ForkAborted) })
            system.EventStream.Subscribe(_recorder, type);
    }

    /// <summary>The next sequence begins anew, and has the scheduler to itself.</summary>
    public async ValueTask DisposeAsync()
    {
        _system.EventStream.Unsubscribe(_recorder);
        await _recorder.GracefulStop(PeerCommand.Patience);
        await _provider.GracefulStop(PeerCommand.Patience);
    }

    /// <returns>The outcome, with an answer only where the step was refused; and the refusal's error.</returns>
    public async Task<(LifetimeOutcome Outcome, ShMemError? Refused)> Apply(LifetimeStep step)
    {
        var by = step.Now - _now;
        _now = step.Now;
        _time.Advance(by);
        ((TestScheduler)_system.Scheduler).Advance(by);

        var answer = await Answer(step);
        if (answer is SegmentCreated created)
        {
            _ids.Add(step.Segment, created.Segment.Id);
            _numbers.Add(created.Segment.Id, step.Segment);
        }

        var statistics = await _provider.Ask<ShMemStatistics>(GetStatistics.Instance, PeerCommand.Patience);
        // What the provider told its backend lies before this in the mailbox; and what that published, in the recorder's.
        await _backend.Ask<ActorIdentity>(new Identify(0), PeerCommand.Patience);
        var barrier = new Barrier();
        _system.EventStream.Publish(new SegmentFreed(barrier.Id));
        while (!barrier.HasCome(_happened)) await Task.Yield();

        var happened = _happened.ToArray()[..^1];
        _happened.Clear();
        var freed = happened.OfType<SegmentFreed>().Where(f => _numbers.ContainsKey(f.Id)).Select(f => $"{_numbers[f.Id]}");
        var ended = happened.OfType<ForkCompleted>().Select(f => $"{f.Token.Value}:{ForkEnd.Claimed}")
            .Concat(happened.OfType<ForkAborted>().Select(f => $"{f.Token.Value}:{f.How}"));
        Assert.Equal(answer is ForkPrepared ? 1 : 0, happened.OfType<ForkPrepared>().Count());
        return (new LifetimeOutcome(null, LifetimeOutcome.Join(freed), LifetimeOutcome.Join(ended),
                $"{statistics.Segments} {statistics.Holders} {statistics.Leases} {statistics.Forks} {statistics.Restarts}"),
            (answer as RequestRefused)?.Error);
    }

    private async Task<object?> Answer(LifetimeStep step)
    {
        var segment = _ids.GetValueOrDefault(step.Segment, ShMemId.Parse("heap:none"));
        var fork = new ForkToken(step.Fork);
        object request = step.Kind switch
        {
            LifetimeKind.Add => new CreateSegment(64, step.Holder, "machine"),
            LifetimeKind.Acquire => new AcquireLease(step.Holder, segment),
            LifetimeKind.Release => new ReleaseLease(step.Holder, segment),
            LifetimeKind.PreFork => new PreFork(step.Holder, step.Limit),
            LifetimeKind.PostFork => new PostFork(fork, step.Holder, step.Other),
            LifetimeKind.ClaimFork => new ClaimFork(fork, step.Holder),
            LifetimeKind.AbortFork => new AbortFork(fork, step.Holder),
            LifetimeKind.OnRestart => new OnRestart(step.Holder, step.Limit),
            LifetimeKind.Succeed => new SucceedHolder(step.Other, step.Holder),
            LifetimeKind.Acknowledge => new AcknowledgeRestart(step.Other, step.Holder),
            _ => new HolderGone(step.Holder),
        };
        if (request is HolderGone)
        {
            _provider.Tell(request);
            return null;
        }

        var answer = await _provider.Ask<object>(request, PeerCommand.Patience);
        var rightOne = (step.Kind, answer) switch
        {
            (_, RequestRefused { Why.Length: > 0, Remedy.Length: > 0 }) => true,
            (LifetimeKind.Add, SegmentCreated) => true,
            (LifetimeKind.Acquire, LeaseGranted granted) => granted.Holder == step.Holder && granted.Segment.Id == segment,
            (LifetimeKind.Release, LeaseReleased released) => released.Holder == step.Holder && released.Id == segment,
            (LifetimeKind.PreFork, ForkPrepared prepared) => prepared.Parent == step.Holder,
            (LifetimeKind.PostFork or LifetimeKind.ClaimFork or LifetimeKind.AbortFork, ForkAcknowledged acknowledged) => acknowledged.Token == fork,
            (LifetimeKind.OnRestart, RestartAcknowledged acknowledged) => acknowledged.Predecessor == step.Holder,
            (LifetimeKind.Succeed or LifetimeKind.Acknowledge, RestartAcknowledged acknowledged) => acknowledged.Predecessor == step.Other,
            _ => false,
        };
        Assert.True(rightOne, $"{step} was answered by {answer}");
        return answer;
    }

    /// <summary>Stands at the end of what has been published.</summary>
    private sealed class Barrier
    {
        private static int _last;

        public ShMemId Id { get; } = ShMemId.Parse($"heap:barrier{Interlocked.Increment(ref _last)}");

        public bool HasCome(ConcurrentQueue<object> happened) => happened.LastOrDefault() is SegmentFreed freed && freed.Id == Id;
    }

    private sealed class Recorder : ReceiveActor
    {
        public Recorder(ConcurrentQueue<object> happened) => ReceiveAny(happened.Enqueue);
    }
}
