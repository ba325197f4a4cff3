using System.Collections.Concurrent;
using Akka.Actor;
using Akka.TestKit.Xunit;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends.Heap;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

public sealed class CampaignEventsTests : TestKit
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly HolderId Worker = new(1, 2, 3);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public void Every_event_is_marked()
    {
        var events = typeof(WorkerStarted).Assembly.GetExportedTypes().Where(type => type.Namespace == typeof(WorkerStarted).Namespace).ToList();
        Assert.InRange(events.Count, 10, 100);
        Assert.All(events.Append(typeof(SegmentFreed)).Append(typeof(ForkPrepared)), type => Assert.True(type.IsAssignableTo(typeof(ICampaignEvent)), type.Name));
    }

    [Fact]
    public async Task An_observer_sees_a_fork_and_what_it_frees_in_order()
    {
        var observer = new Observer();
        using var subscription = new CampaignEvents(Sys).Subscribe(observer);
        var provider = Sys.ActorOf(RcShMemProviderActor.Props(new HeapShMemProvider()));
        var map = (await provider.Ask<SegmentCreated>(new CreateSegment(64, Worker, "map"), Patience, Cancelled)).Segment;
        var fork = await provider.Ask<ForkPrepared>(new PreFork(Worker, TimeSpan.FromMinutes(1)), Patience, Cancelled);
        provider.Tell(new HolderGone(Worker));
        await provider.Ask<ForkAcknowledged>(new AbortFork(fork.Token, Worker), Patience, Cancelled);

        await observer.Has(3);

        Assert.Equal([fork, new ForkAborted(Worker, fork.Token, null, ForkEnd.Aborted), new SegmentFreed(map.Id)], observer.Seen);
    }

    [Fact]
    public async Task Of_a_real_worker_all_is_told_in_its_order_and_after_its_exit_what_that_frees()
    {
        var observer = new Observer();
        IActorRef provider = ActorRefs.Nobody;
        await using var campaign = new TestCampaign("serve", options => options with { KeepsSpare = false }, leases: system =>
        {
            // Ends with the system.
            _ = new CampaignEvents(system).Subscribe(observer);
            return provider = system.ActorOf(RcShMemProviderActor.Props(new HeapShMemProvider()));
        });
        await observer.Has<WorkerReady>();
        var started = observer.Seen.OfType<WorkerStarted>().Single();
        var worker = HolderId.Of(started.ProcessNumber, started.Pid);
        var broker = new HolderId(0, 1, 1);
        var own = (await provider.Ask<SegmentCreated>(new CreateSegment(64, worker, "the worker's"), Patience, Cancelled)).Segment;
        var shared = (await provider.Ask<SegmentCreated>(new CreateSegment(64, worker, "shared"), Patience, Cancelled)).Segment;
        await provider.Ask<LeaseGranted>(new AcquireLease(broker, shared.Id), Patience, Cancelled);

        Assert.Equal(0, LibcProcess.Kill(worker.Pid, LibcProcess.SIGKILL));

        await observer.Has<SegmentFreed>();
        await provider.Ask<LeaseReleased>(new ReleaseLease(broker, shared.Id), Patience, Cancelled);
        await observer.Has(seen => seen.Contains(new SegmentFreed(shared.Id)));
        // The process's own segment is not among them: nobody leases it.
        Assert.Equal(
            [typeof(WorkerStarted), typeof(WorkerJoined), typeof(WorkerReady), typeof(WorkerExited), typeof(SegmentFreed), typeof(SegmentFreed)],
            observer.Seen.Where(happened => happened is SegmentFreed || NumberOf(happened) == worker.ProcessNumber).Select(happened => happened.GetType()));
        Assert.Equal([own.Id, shared.Id], observer.Seen.OfType<SegmentFreed>().Select(freed => freed.Id));
        Assert.Equal((9, WorkerExitCause.Own), observer.Seen.OfType<WorkerExited>().Select(exited => (exited.Exit.Signal, exited.Exit.Cause)).First());
    }

    [Fact]
    public async Task After_the_subscription_s_end_nothing_is_told()
    {
        var first = new Observer();
        var second = new Observer();
        var subscription = new CampaignEvents(Sys).Subscribe(first);
        using var other = new CampaignEvents(Sys).Subscribe(second);
        Sys.EventStream.Publish(new WorkerStarted(1, 2));
        await first.Has(1);

        subscription.Dispose();
        subscription.Dispose();
        Sys.EventStream.Publish(new WorkerStarted(2, 3));
        await second.Has(2);

        Assert.Single(first.Seen);
        Assert.False(first.Completed.IsCompleted);
    }

    [Fact]
    public async Task An_observer_that_throws_hears_no_more_and_the_others_do()
    {
        var bad = new Observer(() => throw new InvalidOperationException("planted"));
        var good = new Observer();
        using var first = new CampaignEvents(Sys).Subscribe(bad);
        using var second = new CampaignEvents(Sys).Subscribe(good);

        for (var n = 1; n <= 5; n++) Sys.EventStream.Publish(new WorkerStarted(n, n));
        await good.Has(5);
        await bad.Has(1);

        Assert.Equal(Enumerable.Range(1, 5).Select(n => (ICampaignEvent)new WorkerStarted(n, n)), good.Seen);
        await Sys.Terminate();
        await good.Completed.WaitAsync(Patience, Cancelled);
        Assert.Single(bad.Seen);
        Assert.False(bad.Completed.IsCompleted);
    }

    private static long NumberOf(ICampaignEvent happened) => happened switch
    {
        WorkerStarted started => started.ProcessNumber,
        WorkerJoined joined => joined.ProcessNumber,
        WorkerReady ready => ready.ProcessNumber,
        WorkerExited exited => exited.ProcessNumber,
        _ => -1,
    };

    private sealed class Observer(Action? onNext = null) : IObserver<ICampaignEvent>
    {
        private readonly TaskCompletionSource _completed = new();

        public ConcurrentQueue<ICampaignEvent> Seen { get; } = new();

        public Task Completed => _completed.Task;

        public Task Has<T>() => Has(seen => seen.OfType<T>().Any());

        public Task Has(Func<IEnumerable<ICampaignEvent>, bool> isSo) => Waiting.Until(() => isSo(Seen), Patience, "the awaited was seen");

        public Task Has(int count) => Waiting.Until(() => Seen.Count >= count, Patience, $"{count} events were seen");

        public void OnNext(ICampaignEvent value)
        {
            Seen.Enqueue(value);
            onNext?.Invoke();
        }

        public void OnError(Exception error)
        {
        }

        public void OnCompleted() => _completed.TrySetResult();
    }
}
