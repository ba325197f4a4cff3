using Akka.Actor;
using Akka.TestKit;
using Akka.TestKit.Xunit;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>The supervisor's side of a connection that loses messages; the test is the worker, and the supervisor's clock.</summary>
public sealed class LostMessageTests() : TestKit("""akka.scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" """)
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_worker_is_told_of_its_slot_and_of_segments_until_it_has_said_them_back()
    {
        using var application = new TestApplication();
        var (supervisor, worker) = await StartAsync(application);
        supervisor.Tell(new ReportReady(worker.ProcessNumber), TestActor);
        // It has heard nothing of a slot, and is ready still.
        supervisor.Tell(new ReportReady(worker.ProcessNumber), TestActor);
        var slot = await Next<SlotAssigned>();
        Assert.Equal((0, 0), (slot.Slot, slot.Generation));

        await AssertTellsAsync(supervisor, slot);
        await AssertTellsAsync(supervisor, slot);
        var announced = new SegmentAnnounced(new NamedSegment("log", 1, new ShMemDescription(ShMemId.Parse("heap:1"), 64)));
        supervisor.Tell(new AnnounceSegment(announced.Segment), TestActor);
        Assert.Equal(announced, await Next<SegmentAnnounced>());
        await AssertTellsAsync(supervisor, slot, announced);

        supervisor.Tell(slot with { Generation = 1 }, TestActor);
        supervisor.Tell(slot, TestActor);
        await AssertTellsAsync(supervisor, announced);
        // Somebody else has no say.
        supervisor.Tell(announced, CreateTestProbe());
        await AssertTellsAsync(supervisor, announced);

        supervisor.Tell(announced, TestActor);
        await AssertTellsAsync(supervisor);
        // All this was one assignment.
        Assert.Equal([$"open slot 0 generation 0 for {worker.ProcessNumber}"], application.Calls);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task Whose_slot_is_being_told_and_dies_is_told_nothing_more_and_its_slot_is_the_next_one_s()
    {
        using var application = new TestApplication();
        var (supervisor, worker) = await StartAsync(application);
        supervisor.Tell(new ReportReady(worker.ProcessNumber), TestActor);
        await Next<SlotAssigned>();
        Sys.EventStream.Subscribe(TestActor, typeof(WorkerExited));

        supervisor.Tell(new KillWorker(worker.ProcessNumber, "a hang"), TestActor);

        Assert.Equal(worker.ProcessNumber, (await Next<WorkerExited>()).ProcessNumber);
        await AssertTellsAsync(supervisor);
        await StopAsync(supervisor);
    }

    /// <summary>With one process, which has joined as this test's actor.</summary>
    private async Task<(IActorRef Supervisor, WorkerStarted Worker)> StartAsync(TestApplication application)
    {
        Sys.EventStream.Subscribe(TestActor, typeof(WorkerStarted));
        var supervisor = Sys.ActorOf(WorkerSupervisorActor.Props(
            new WorkerOptions(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default) { KeepsSpare = false, BackOff = TimeSpan.FromHours(1), LongestBackOff = TimeSpan.FromHours(1) },
            application));
        var worker = await Next<WorkerStarted>();
        supervisor.Tell(new JoinCampaign(worker.ProcessNumber, worker.Pid, KernelStartTime.Of(worker.Pid)), TestActor);
        await Next<CampaignJoined>();
        return (supervisor, worker);
    }

    private ValueTask<T> Next<T>() => ExpectMsgAsync<T>(PeerCommand.Patience, cancellationToken: Cancelled);

    /// <summary>When the time to say back is over, it tells just these, in whatever order.</summary>
    private async Task AssertTellsAsync(IActorRef supervisor, params ICampaignMessage[] told)
    {
        // What was sent before has come.
        supervisor.Tell(GetStatistics.Instance, TestActor);
        await Next<RequestRefused>();
        ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromSeconds(2));
        supervisor.Tell(GetStatistics.Instance, TestActor);
        var heard = new List<object>();
        while (await Next<object>() is var next and not RequestRefused) heard.Add(next);
        Assert.Equivalent(told, heard, strict: true);
    }

    private async Task StopAsync(IActorRef supervisor)
    {
        var probe = CreateTestProbe();
        supervisor.Tell(new StopWorkers(TimeSpan.Zero), TestActor);
        supervisor.Tell(GetStatistics.Instance, probe);
        await probe.ExpectMsgAsync<RequestRefused>(PeerCommand.Patience, cancellationToken: Cancelled);
        // A timer without a wait waits for the clock too.
        ((TestScheduler)Sys.Scheduler).Advance(TimeSpan.FromMilliseconds(1));
        Assert.Empty((await Next<WorkersStopped>()).StillThere);
    }
}
