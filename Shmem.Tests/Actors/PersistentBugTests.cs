using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>A bug where the broker sets and takes its time limits, which it meets again in whatever it does about it.</summary>
public sealed class PersistentBugTests : TestKit
{
    private static readonly HolderId Worker = new(1, 2, 3);
    private static readonly TimeSpan Limit = ForkLedger.ShortestLimit;

    private readonly FaultyTime _time = new();
    private readonly IActorRef _provider;

    public PersistentBugTests() : base("""akka { loglevel = OFF, scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit", test.single-expect-default = 60 s }""")
    {
        _provider = Sys.ActorOf(RcShMemProviderActor.Props(new BrokerState([new HeapShMemProvider()], _time)));
        Sys.EventStream.Subscribe(TestActor, typeof(ForkAborted));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bug_that_each_limit_and_each_restart_meets_stops_nothing_and_loses_no_limit()
    {
        var map = (await Ask<SegmentCreated>(new CreateSegment(64, Worker, "map"))).Segment;
        var fork = await PrepareFork();
        _time.Fail(times: int.MaxValue);

        Advance(Limit);

        for (var i = 0; i < 3; i++)
        {
            Assert.Equal((1, 1), await Statistics());
            Assert.Equal(map, (await Ask<LeaseGranted>(new AcquireLease(Worker, map.Id))).Segment);
            Advance(RcShMemProviderActor.AfterBug);
        }

        // It is mended.
        _time.Fail(times: 0);
        // The first answer comes after the last restart, the second after the timer is set.
        await Statistics();
        await Statistics();
        Advance(RcShMemProviderActor.AfterBug);

        await ExpectMsgAsync(new ForkAborted(Worker, fork.Token, null, ForkEnd.TimedOut), cancellationToken: Cancelled);
        Assert.Equal((1, 0), await Statistics());
    }

    [Fact]
    public async Task A_limit_that_met_a_bug_is_not_taken_again_at_once()
    {
        await PrepareFork();
        _time.Fail();

        Advance(Limit);
        Assert.Equal((0, 1), await Statistics());
        Advance(RcShMemProviderActor.AfterBug / 2);

        Assert.Equal((0, 1), await Statistics());
        Advance(RcShMemProviderActor.AfterBug / 2);
        Assert.Equal((0, 0), await Statistics());
    }

    /// <summary>Announces a fork whose limit runs. The answer comes before the actor sets its timer; its next answer comes after.</summary>
    private async Task<ForkPrepared> PrepareFork()
    {
        var fork = await Ask<ForkPrepared>(new PreFork(Worker, Limit));
        await Statistics();
        return fork;
    }

    private async Task<(int Leases, int Forks)> Statistics()
    {
        var statistics = await Ask<ShMemStatistics>(GetStatistics.Instance);
        return (statistics.Leases, statistics.Forks);
    }

    private void Advance(TimeSpan by)
    {
        _time.Advance(by);
        ((TestScheduler)Sys.Scheduler).Advance(by);
    }

    private Task<T> Ask<T>(object request) => _provider.Ask<T>(request, PeerCommand.Patience, Cancelled);
}
