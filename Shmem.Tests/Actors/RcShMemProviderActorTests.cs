using Akka.Actor;
using Akka.TestKit.Xunit;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

public sealed class RcShMemProviderActorTests : TestKit
{
    private static readonly HolderId Broker = new(0, 1, 1);
    private static readonly HolderId Worker = new(1, 2, 3);

    private readonly HeapShMemProvider _heap = new();
    private readonly BrokerState _state;
    private readonly FaultyTime _time = new();
    private readonly IActorRef _provider;

    public RcShMemProviderActorTests() : base("akka.test.single-expect-default = 60 s")
    {
        _state = new BrokerState([_heap, new FaultyProvider(), new StdShMemProvider("memfd").Chosen], _time);
        _provider = Sys.ActorOf(RcShMemProviderActor.Props(_state));
    }

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_created_segment_can_be_opened_by_its_description()
    {
        var segment = await Create(100);

        using var view = _heap.Open(segment);
        Assert.Equal(100, view.Length);
    }

    [Fact]
    public async Task Each_backend_can_be_asked_for_by_its_scheme()
    {
        var created = await Ask<SegmentCreated>(new CreateSegment(4096, Broker, "map", "memfd"));

        Assert.Equal("memfd", created.Segment.Id.Scheme);
        using var view = new StdShMemProvider().Open(created.Segment);
        await AssertRefused(new CreateSegment(1, Broker, "map", "punchcard"), ShMemError.Unsupported);
    }

    [Fact]
    public async Task The_last_release_frees_the_segment_and_publishes_it()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(SegmentFreed));
        var segment = await Create(1);
        Assert.Equal(segment, (await Ask<LeaseGranted>(new AcquireLease(Worker, segment.Id))).Segment);

        await Ask<LeaseReleased>(new ReleaseLease(Broker, segment.Id));
        using (_heap.Open(segment))
        {
        }

        await Ask<LeaseReleased>(new ReleaseLease(Worker, segment.Id));

        await ExpectMsgAsync(new SegmentFreed(segment.Id), cancellationToken: Cancelled);
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => _heap.Open(segment)).Error);
        await AssertRefused(new AcquireLease(Worker, segment.Id), ShMemError.NotFound);
    }

    [Fact]
    public async Task Asking_twice_for_a_lease_is_harmless_and_releasing_twice_is_refused()
    {
        var segment = await Create(1);
        await Ask<LeaseGranted>(new AcquireLease(Worker, segment.Id));
        await Ask<LeaseGranted>(new AcquireLease(Worker, segment.Id));

        await Ask<LeaseReleased>(new ReleaseLease(Worker, segment.Id));
        await AssertRefused(new ReleaseLease(Worker, segment.Id), ShMemError.NotFound);

        Assert.Equal(1, (await Statistics()).Leases);
    }

    [Fact]
    public async Task A_process_that_is_gone_ends_its_leases_and_gets_no_more()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(SegmentFreed));
        var kept = await Create(10);
        var own = (await Ask<SegmentCreated>(new CreateSegment(20, Worker, "process"))).Segment;
        await Ask<LeaseGranted>(new AcquireLease(Worker, kept.Id));

        _provider.Tell(new HolderGone(Worker));

        await ExpectMsgAsync(new SegmentFreed(own.Id), cancellationToken: Cancelled);
        await AssertRefused(new AcquireLease(Worker, kept.Id), ShMemError.NotFound);
        await AssertRefused(new CreateSegment(1, Worker, "late"), ShMemError.NotFound);
        Assert.Equal(new ShMemStatistics(1, 10, 1, 1, 2, 1, 2), await Statistics());
    }

    [Fact]
    public async Task What_the_operating_system_refuses_is_an_answer()
    {
        await AssertRefused(new CreateSegment(0, Broker, "nothing"), ShMemError.Invalid);
        await AssertRefused(new CreateSegment(-5, Broker, "nothing"), ShMemError.Invalid);
        await AssertRefused(new CreateSegment(long.MaxValue, Broker, "all", "memfd"), ShMemError.LimitReached);
        await Create(1);
    }

    [Fact]
    public async Task A_bug_in_a_backend_costs_one_error_answer_and_no_segment()
    {
        var before = (await Ask<SegmentCreated>(new CreateSegment(64, Broker, "map", FaultyProvider.TheScheme))).Segment;

        var refusal = await Ask<RequestRefused>(new CreateSegment(FaultyProvider.Fatal, Broker, "map", FaultyProvider.TheScheme));

        Assert.Contains("bug", refusal.Remedy, StringComparison.Ordinal);
        using var view = _heap.Open(before);
        await Ask<LeaseGranted>(new AcquireLease(Worker, before.Id));
        await Ask<SegmentCreated>(new CreateSegment(64, Broker, "map", FaultyProvider.TheScheme));
        Assert.Equal(2, (await Statistics()).Segments);
    }

    [Fact]
    public async Task A_bug_in_the_supervisor_costs_one_error_answer_and_no_segment()
    {
        var before = await Create(64);
        // A lease on a segment that the rest of the state does not know: asking for it brings the actor down.
        var ghost = ShMemId.Parse("heap:ghost");
        _state.Leases.Add(Broker, ghost);

        var refusal = await Ask<RequestRefused>(new AcquireLease(Worker, ghost));

        Assert.Contains("bug", refusal.Remedy, StringComparison.Ordinal);
        using var view = _heap.Open(before);
        await Ask<LeaseGranted>(new AcquireLease(Worker, before.Id));
        await Create(1);
    }

    [Fact]
    public async Task A_report_of_a_death_that_meets_a_bug_is_taken_again()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(SegmentFreed));
        var own = (await Ask<SegmentCreated>(new CreateSegment(20, Worker, "process"))).Segment;
        _time.Fail();

        _provider.Tell(new HolderGone(Worker));

        await ExpectMsgAsync(new SegmentFreed(own.Id), cancellationToken: Cancelled);
        await AssertRefused(new CreateSegment(1, Worker, "late"), ShMemError.NotFound);
    }

    [Fact]
    public async Task A_report_of_a_death_that_meets_a_bug_twice_is_logged_and_not_taken_a_third_time()
    {
        Sys.EventStream.Subscribe(TestActor, typeof(SegmentFreed));
        var own = (await Ask<SegmentCreated>(new CreateSegment(20, Worker, "process"))).Segment;
        _time.Fail(times: 2);

        await EventFilter.Error(contains: "twice").ExpectOneAsync(PeerCommand.Patience, () =>
        {
            _provider.Tell(new HolderGone(Worker));
            return Task.CompletedTask;
        }, Cancelled);

        Assert.Equal(1, (await Statistics()).Leases);
        // Said again, it is heard.
        _provider.Tell(new HolderGone(Worker));
        await ExpectMsgAsync(new SegmentFreed(own.Id), cancellationToken: Cancelled);
    }

    [Fact]
    public async Task A_bug_that_comes_after_the_answer_gives_no_second_one()
    {
        await Create(64);
        // One reading is for the fork's limit, and the next for the timer, when the answer is given.
        _time.Fail(after: 1);

        _provider.Tell(new PreFork(Broker, ForkLedger.ShortestLimit), TestActor);
        _provider.Tell(GetStatistics.Instance, TestActor);

        await ExpectMsgAsync<ForkPrepared>(cancellationToken: Cancelled);
        var after = await ExpectMsgAsync<ShMemStatistics>(cancellationToken: Cancelled);
        Assert.Equal((1, 0L), (after.Forks, after.Refused));
    }

    [Fact]
    public async Task A_bug_with_a_segment_that_was_just_created_frees_it_and_is_answered()
    {
        var nobodys = new ShMemDescription(ShMemId.Parse("heap:nobodys"), 64);
        var asker = CreateTestProbe();

        // The test is the backend's actor; the bug is a request that is not there.
        _provider.Tell(new CreatedInBackend(null!, asker, nobodys), TestActor);

        Assert.Equal(new FreeInBackend(nobodys.Id), await ExpectMsgAsync<FreeInBackend>(cancellationToken: Cancelled));
        var refusal = await asker.ExpectMsgAsync<RequestRefused>(cancellationToken: Cancelled);
        Assert.Contains("bug", refusal.Remedy, StringComparison.Ordinal);
        Assert.Equal(0, (await Statistics()).Segments);
    }

    [Fact]
    public async Task A_bug_with_a_backend_s_refusal_is_answered()
    {
        var asker = CreateTestProbe();

        // The test is the backend's actor; the bug is a refusal that is not there.
        _provider.Tell(new RefusedInBackend(asker, null!), TestActor);

        var refusal = await asker.ExpectMsgAsync<RequestRefused>(cancellationToken: Cancelled);
        Assert.Contains("bug", refusal.Remedy, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_request_that_it_does_not_take_is_answered_too()
    {
        await AssertRefused(new JoinCampaign(1, 2, 3), ShMemError.Unsupported);
        await AssertRefused(new RequestNextSegment(1, 2, 3), ShMemError.Unsupported);
    }

    [Fact]
    public async Task Its_end_lets_every_segment_go()
    {
        var segment = await Create(1);
        await Watch(_provider).GracefulStop(PeerCommand.Patience);

        Assert.Throws<ShMemException>(() => _heap.Open(segment));
    }

    private async Task<ShMemDescription> Create(long size) => (await Ask<SegmentCreated>(new CreateSegment(size, Broker, "test"))).Segment;

    private Task<ShMemStatistics> Statistics() => Ask<ShMemStatistics>(GetStatistics.Instance);

    private Task<T> Ask<T>(object request) => _provider.Ask<T>(request, PeerCommand.Patience, Cancelled);

    private async Task AssertRefused(object request, ShMemError error)
    {
        var refusal = await Ask<RequestRefused>(request);
        Assert.Equal(error, refusal.Error);
        Assert.NotEmpty(refusal.Why);
        Assert.NotEmpty(refusal.Remedy);
    }
}
