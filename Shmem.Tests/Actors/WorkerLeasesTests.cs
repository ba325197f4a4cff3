using Akka.Actor;
using Akka.TestKit.Xunit;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>A worker's leases: counted within it, and none is left behind by an acquire that was answered late or never.</summary>
public sealed class WorkerLeasesTests : TestKit
{
    private static readonly HolderId Broker = new(0, 1, 1);
    private static readonly HolderId Worker = new(1, 2, 3);

    /// <summary>Of the requests that nobody answers: nothing waits for them.</summary>
    private static readonly TimeSpan Short = TimeSpan.FromMilliseconds(50);

    private readonly IActorRef _provider;
    private readonly IActorRef _relay;

    public WorkerLeasesTests() : base("akka.test.single-expect-default = 60 s")
    {
        _provider = Sys.ActorOf(RcShMemProviderActor.Props(new HeapShMemProvider()));
        _relay = Sys.ActorOf(Props.Create(() => new SlowRelay(_provider)));
    }

    [Fact]
    public async Task However_many_users_it_has_a_lease_is_one_acquire_and_one_release()
    {
        var connection = new WorkerConnection(TestActor, TestActor, Worker);
        var id = ShMemId.Parse("heap:7");
        var segment = new ShMemDescription(id, 100);
        var users = Enumerable.Range(0, 5).Select(_ => connection.AcquireAsync(id)).ToList();
        var acquire = await ExpectMsgAsync<AcquireLease>(cancellationToken: TestContext.Current.CancellationToken);
        Assert.Equal(new AcquireLease(Worker, id), acquire);
        LastSender.Tell(new LeaseGranted(Worker, segment));
        Assert.All(await Task.WhenAll(users), granted => Assert.Equal(segment, granted));
        for (var i = 0; i < 4; i++) await connection.ReleaseAsync(id);
        var last = connection.ReleaseAsync(id);
        // Nothing came before it.
        Assert.Equal(new ReleaseLease(Worker, id), await ExpectMsgAsync<ReleaseLease>(cancellationToken: TestContext.Current.CancellationToken));
        LastSender.Tell(new LeaseReleased(Worker, id));
        await last;
    }

    [Fact]
    public async Task What_the_broker_told_of_is_held_already()
    {
        var connection = new WorkerConnection(TestActor, TestActor, Worker);
        var segment = new ShMemDescription(ShMemId.Parse("heap:8"), 100);
        connection.Given(segment);
        connection.Given(segment);
        Assert.Equal(segment, await connection.AcquireAsync(segment.Id));
        await connection.ReleaseAsync(segment.Id);
        var last = connection.ReleaseAsync(segment.Id);
        Assert.Equal(new ReleaseLease(Worker, segment.Id), await ExpectMsgAsync<ReleaseLease>(cancellationToken: TestContext.Current.CancellationToken));
        LastSender.Tell(new LeaseReleased(Worker, segment.Id));
        await last;
    }

    [Fact]
    public async Task What_the_broker_told_of_later_stays_held_when_its_users_have_released_it()
    {
        var connection = new WorkerConnection(TestActor, TestActor, Worker);
        var segment = new ShMemDescription(ShMemId.Parse("heap:9"), 100);
        var own = connection.AcquireAsync(segment.Id);
        await ExpectMsgAsync<AcquireLease>(cancellationToken: TestContext.Current.CancellationToken);
        LastSender.Tell(new LeaseGranted(Worker, segment));
        await own;
        connection.Given(segment);

        var release = connection.ReleaseAsync(segment.Id);
        TestActor.Tell("nothing came before it", ActorRefs.NoSender);
        await ExpectMsgAsync("nothing came before it", cancellationToken: TestContext.Current.CancellationToken);
        await release;
        Assert.Equal(segment, await connection.AcquireAsync(segment.Id));
    }

    // DESIGN rule 2: "sends one acquire and one release, and releases after an acquire that timed out".
    [Fact]
    public async Task An_acquire_that_is_answered_late_strands_no_lease()
    {
        var segment = await Create();
        var late = new WorkerConnection(_relay, _relay, Worker, Short);
        await Assert.ThrowsAsync<AskTimeoutException>(() => late.AcquireAsync(segment.Id));
        Assert.Equal(1, (await Statistics()).Leases);

        // Only now the broker gets what it was asked, and then what followed.
        _relay.Tell(Flow.Instance);
        var after = await Statistics(_relay);
        Assert.Equal((1, 1, 0L), (after.Leases, after.Holders, after.Refused));
        // And as before it can be held.
        var prompt = new WorkerConnection(_relay, _relay, Worker);
        Assert.Equal(segment, await prompt.AcquireAsync(segment.Id));
        Assert.Equal(2, (await Statistics()).Leases);
        await ReleaseAsBroker(segment.Id);
        await prompt.ReleaseAsync(segment.Id);
        Assert.Equal(0, (await Statistics()).Segments);
    }

    [Fact]
    public async Task An_acquire_that_is_lost_is_followed_by_a_release_that_changes_nothing()
    {
        var segment = await Create();
        var lost = new WorkerConnection(_relay, _relay, Worker, Short);
        await Assert.ThrowsAsync<AskTimeoutException>(() => lost.AcquireAsync(segment.Id));
        _relay.Tell(LoseFirst.Instance);
        var after = await Statistics(_relay);
        Assert.Equal((1, 1, 1L), (after.Segments, after.Leases, after.Refused));
    }

    [Fact]
    public async Task What_is_refused_is_not_held()
    {
        var connection = new WorkerConnection(_provider, _provider, Worker);
        var id = ShMemId.Parse("heap:none");
        Assert.Equal(ShMemError.NotFound, (await Assert.ThrowsAsync<ShMemException>(() => connection.AcquireAsync(id))).Error);
        Assert.Equal(ShMemError.NotFound, (await Assert.ThrowsAsync<ShMemException>(() => connection.ReleaseAsync(id))).Error);
    }

    private async Task<ShMemDescription> Create() =>
        (await _provider.Ask<SegmentCreated>(new CreateSegment(100, Broker, "test"), PeerCommand.Patience)).Segment;

    private Task<LeaseReleased> ReleaseAsBroker(ShMemId id) => _provider.Ask<LeaseReleased>(new ReleaseLease(Broker, id), PeerCommand.Patience);

    private Task<ShMemStatistics> Statistics() => Statistics(_provider);

    /// <summary>Asked by the relay, they are those after all that it kept back.</summary>
    private static Task<ShMemStatistics> Statistics(IActorRef provider) => provider.Ask<ShMemStatistics>(GetStatistics.Instance, PeerCommand.Patience);

    private sealed class Flow
    {
        public static readonly Flow Instance = new();
    }

    private sealed class LoseFirst
    {
        public static readonly LoseFirst Instance = new();
    }

    /// <summary>Keeps all back until it is told to let it flow, in order.</summary>
    private sealed class SlowRelay : ReceiveActor, IWithUnboundedStash
    {
        public SlowRelay(IActorRef to)
        {
            var loses = false;
            Receive<Flow>(_ =>
            {
                Become(() => ReceiveAny(to.Forward));
                Stash.UnstashAll();
            });
            Receive<LoseFirst>(_ =>
            {
                loses = true;
                Become(() => ReceiveAny(message =>
                {
                    if (!loses) to.Forward(message);
                    loses = false;
                }));
                Stash.UnstashAll();
            });
            ReceiveAny(_ => Stash.Stash());
        }

        public IStash Stash { get; set; } = null!;
    }
}
