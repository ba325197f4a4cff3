using System.Diagnostics;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
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

/// <summary>What the machine does not show: bugs, timers after a restart of the actor, and the deaths of real processes.</summary>
public sealed class LifecycleTests : TestKit
{
    private static readonly HolderId Worker = new(1, 2, 3);
    private static readonly TimeSpan Limit = ForkLedger.ShortestLimit;

    private readonly ManualTime _time = new();
    private readonly BrokerState _state;
    private readonly IActorRef _provider;

    public LifecycleTests() : base("""akka { loglevel = ERROR, scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit", test.single-expect-default = 60 s }""")
    {
        _state = new BrokerState([new HeapShMemProvider()], _time);
        _provider = Sys.ActorOf(RcShMemProviderActor.Props(_state));
        Sys.EventStream.Subscribe(TestActor, typeof(ForkPrepared));
        Sys.EventStream.Subscribe(TestActor, typeof(ForkCompleted));
        Sys.EventStream.Subscribe(TestActor, typeof(ForkAborted));
        Sys.EventStream.Subscribe(TestActor, typeof(SegmentFreed));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_end_of_a_fork_is_published_and_then_what_it_freed()
    {
        var map = (await Ask<SegmentCreated>(new CreateSegment(64, Worker, "map"))).Segment;
        var fork = await Ask<ForkPrepared>(new PreFork(Worker, Limit));
        _provider.Tell(new HolderGone(Worker));
        await Ask<ShMemStatistics>(GetStatistics.Instance);

        Advance(Limit);

        await ExpectMsgAsync(fork, cancellationToken: Cancelled);
        await ExpectMsgAsync(new ForkAborted(Worker, fork.Token, null, ForkEnd.TimedOut), cancellationToken: Cancelled);
        await ExpectMsgAsync(new SegmentFreed(map.Id), cancellationToken: Cancelled);
        Assert.Equal(ShMemError.NotFound, (await Ask<RequestRefused>(new ClaimFork(fork.Token, new HolderId(fork.ChildNumber, 5, 6)))).Error);
    }

    [Fact]
    public async Task A_bug_loses_no_fork_and_no_time_limit()
    {
        await Ask<SegmentCreated>(new CreateSegment(64, Worker, "map"));
        var fork = await Ask<ForkPrepared>(new PreFork(Worker, Limit));
        // A lease on a segment that the rest of the state does not know: asking for it brings the actor down.
        var ghost = ShMemId.Parse("heap:ghost");
        _state.Leases.Add(Worker, ghost);
        var bug = await Ask<RequestRefused>(new AcquireLease(Worker, ghost));
        Assert.Contains("bug", bug.Remedy, StringComparison.Ordinal);
        Assert.Equal(1, (await Ask<ShMemStatistics>(GetStatistics.Instance)).Forks);

        Advance(Limit);

        await ExpectMsgAsync(fork, cancellationToken: Cancelled);
        await ExpectMsgAsync(new ForkAborted(Worker, fork.Token, null, ForkEnd.TimedOut), cancellationToken: Cancelled);
        Assert.Equal(0, (await Ask<ShMemStatistics>(GetStatistics.Instance)).Forks);
    }

    [Fact]
    public async Task The_death_of_a_child_that_only_its_parent_knows_is_seen_and_ends_the_fork()
    {
        using var child = Process.Start(Require.Tool("sleep"), "600");
        try
        {
            await Ask<SegmentCreated>(new CreateSegment(64, Worker, "map"));
            var fork = await Ask<ForkPrepared>(new PreFork(Worker, Limit));
            var holder = HolderId.Of(fork.ChildNumber, child.Id);
            await Ask<ForkAcknowledged>(new PostFork(fork.Token, Worker, holder));
            await ExpectMsgAsync(fork, cancellationToken: Cancelled);

            child.Kill();

            await ExpectMsgAsync(new ForkAborted(Worker, fork.Token, holder, ForkEnd.ChildGone), PeerPatience, cancellationToken: Cancelled);
        }
        finally
        {
            child.Kill();
        }
    }

    [Fact]
    public async Task The_leases_of_a_child_end_with_it_and_not_before()
    {
        using var child = Process.Start(Require.Tool("sleep"), "600");
        try
        {
            var map = (await Ask<SegmentCreated>(new CreateSegment(64, Worker, "map"))).Segment;
            var fork = await Ask<ForkPrepared>(new PreFork(Worker, Limit));
            var holder = HolderId.Of(fork.ChildNumber, child.Id);
            _provider.Tell(new HolderGone(Worker));
            await Ask<ForkAcknowledged>(new ClaimFork(fork.Token, holder));
            Advance(2 * Limit);
            Assert.Equal(1, (await Ask<ShMemStatistics>(GetStatistics.Instance)).Leases);
            await ExpectMsgAsync(fork, cancellationToken: Cancelled);
            await ExpectMsgAsync(new ForkCompleted(Worker, fork.Token, holder), cancellationToken: Cancelled);

            child.Kill();

            await ExpectMsgAsync(new SegmentFreed(map.Id), PeerPatience, cancellationToken: Cancelled);
        }
        finally
        {
            child.Kill();
        }
    }

    [Fact]
    public async Task A_child_whose_pid_is_another_process_s_by_now_holds_nothing()
    {
        var map = (await Ask<SegmentCreated>(new CreateSegment(64, Worker, "map"))).Segment;
        var fork = await Ask<ForkPrepared>(new PreFork(Worker, Limit));
        _provider.Tell(new HolderGone(Worker));

        await Ask<ForkAcknowledged>(new ClaimFork(fork.Token, new HolderId(fork.ChildNumber, Environment.ProcessId, 1)));

        await FishForMessageAsync<SegmentFreed>(freed => freed.Id == map.Id, PeerPatience, cancellationToken: Cancelled);
    }

    [Theory]
    [InlineData("heap:ghost", ShMemError.NotFound)]
    [InlineData(null, ShMemError.Invalid)]
    public async Task A_fork_server_whose_last_child_would_stand_nowhere_is_refused_and_may_claim_again(string? id, ShMemError error)
    {
        var small = (await Ask<SegmentCreated>(new CreateSegment(ForkServerChild.Size - 1, Worker, "too small"))).Segment;
        var word = (await Ask<SegmentCreated>(new CreateSegment(ForkServerChild.Size, Worker, "last child"))).Segment;
        var fork = await Ask<ForkPrepared>(new PreFork(Worker, Limit));
        var claim = new ClaimFork(fork.Token, HolderId.Of(fork.ChildNumber, Environment.ProcessId));

        var refused = await Ask<RequestRefused>(claim with { LastChild = id is null ? small.Id : ShMemId.Parse(id) });

        Assert.Equal(error, refused.Error);
        await Ask<ForkAcknowledged>(claim with { LastChild = word.Id });
    }

    private static TimeSpan PeerPatience => TimeSpan.FromSeconds(60);

    private void Advance(TimeSpan by)
    {
        _time.Advance(by);
        ((TestScheduler)Sys.Scheduler).Advance(by);
    }

    private Task<T> Ask<T>(object request) => _provider.Ask<T>(request, PeerCommand.Patience, Cancelled);
}
