using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>The worker's side of a connection that loses messages; the test is the broker, and its clock.</summary>
public sealed class WorkerActorTests : TestKit
{
    private const long Worker = 7;

    private static readonly ShMemDescription Segment = new(ShMemId.Parse("heap:1"), 4096);
    private static readonly NamedSegment Board = new("board", NamedSegment.NoSlot, Segment);
    private static readonly SlotAssigned Slot = new(2, 3, Segment, Segment, null);

    private readonly Handler _handler = new();
    private readonly IActorRef _worker;

    public WorkerActorTests()
        : base("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
    {
        var host = new WorkerHost(Stream.Null, new WorkerBootstrap(Worker, TestActor.Path.ToString(), default, Segment, default));
        _worker = Sys.ActorOf(Props.Create(() => new WorkerActor(host, _handler, TimeSpan.FromHours(1), new TaskCompletionSource<WorkerConnection>())));
    }

    private TestScheduler Time => (TestScheduler)Sys.Scheduler;

    [Fact]
    public async Task It_asks_to_join_until_it_is_answered()
    {
        await StartAsync();
        Pass(0.5);
        await Next<JoinCampaign>();
        _worker.Tell(new CampaignJoined([Board]), TestActor);
        // Of the second question.
        _worker.Tell(new CampaignJoined([Board]), TestActor);

        await AssertIsQuietAsync();
        Assert.Equal(["joined"], _handler.Calls);
    }

    [Fact]
    public async Task It_says_that_it_is_ready_until_it_has_a_slot()
    {
        await JoinAsync();
        _handler.Connection.ReportReady();
        Assert.Equal(new ReportReady(Worker), await Next<ReportReady>());
        Pass(2);
        Assert.Equal(new ReportReady(Worker), await Next<ReportReady>());

        _worker.Tell(Slot, TestActor);

        Assert.Equal(Slot, await Next<SlotAssigned>());
        await AssertIsQuietAsync();
        // Too late.
        _handler.Connection.ReportReady();
        await AssertIsQuietAsync();
    }

    [Fact]
    public async Task What_it_is_told_again_it_says_back_again_and_the_application_hears_it_once()
    {
        await JoinAsync();
        var announced = new SegmentAnnounced(new NamedSegment("log", 1, Segment));
        for (var time = 0; time < 2; time++)
        {
            _worker.Tell(Slot, TestActor);
            Assert.Equal(Slot, await Next<SlotAssigned>());
            _worker.Tell(announced, TestActor);
            Assert.Equal(announced, await Next<SegmentAnnounced>());
            // What it was told of when it joined.
            _worker.Tell(new SegmentAnnounced(Board), TestActor);
            Assert.Equal(new SegmentAnnounced(Board), await Next<SegmentAnnounced>());
        }

        await AssertIsQuietAsync();
        Assert.Equal(["joined", "slot 2", "log"], _handler.Calls);
    }

    [Fact]
    public async Task It_says_that_it_cannot_go_on_for_as_long_as_it_lives()
    {
        await JoinAsync();
        _handler.Fails = true;
        _worker.Tell(Slot, TestActor);
        await Next<SlotAssigned>();

        var failure = await Next<ReportFailure>();

        Assert.Equal(new ReportFailure(Worker, "failed: InvalidOperationException: planted"), failure);
        Pass(0.5);
        Assert.Equal(failure, await Next<ReportFailure>());
        Pass(0.5);
        Assert.Equal(failure, await Next<ReportFailure>());
    }

    /// <summary>It has asked once.</summary>
    private async Task StartAsync()
    {
        _worker.Tell(new Identify(0), TestActor);
        await Next<ActorIdentity>();
        // A timer without a wait waits for the clock too.
        Pass(0.001);
        await Next<JoinCampaign>();
    }

    private async Task JoinAsync()
    {
        await StartAsync();
        _worker.Tell(new CampaignJoined([Board]), TestActor);
        // From here on it does nothing by itself.
        await AssertIsQuietAsync();
    }

    private ValueTask<T> Next<T>() => ExpectMsgAsync<T>(PeerCommand.Patience, cancellationToken: TestContext.Current.CancellationToken);

    private void Pass(double seconds) => Time.Advance(TimeSpan.FromSeconds(seconds));

    /// <summary>However much time passes, it says nothing by itself: the answer to a question that comes after all is the next that is heard.</summary>
    private async Task AssertIsQuietAsync()
    {
        var probe = new SegmentAnnounced(new NamedSegment("board", NamedSegment.NoSlot, Segment));
        _worker.Tell(probe, TestActor);
        await Next<SegmentAnnounced>();
        Pass(3600);
        _worker.Tell(probe, TestActor);
        await Next<SegmentAnnounced>();
    }

    /// <summary>Writes down what it hears.</summary>
    private sealed class Handler : IWorkerHandler
    {
        public List<string> Calls { get; } = [];

        public WorkerConnection Connection { get; private set; } = null!;

        public bool Fails { get; set; }

        public void Joined(WorkerConnection connection, ImmutableArray<NamedSegment> segments)
        {
            Connection = connection;
            Calls.Add("joined");
        }

        public void SegmentAnnounced(NamedSegment segment) => Calls.Add(segment.Name);

        public void SlotAssigned(SlotAssigned slot)
        {
            if (Fails) throw new InvalidOperationException("planted");
            Calls.Add($"slot {slot.Slot}");
        }

        public void NextSegmentGranted(NextSegmentGranted granted) => Calls.Add("granted");

        public void Refused(RequestRefused refusal) => Calls.Add("refused");

        public void StopRequested(TimeSpan grace) => Calls.Add("stop");
    }
}
