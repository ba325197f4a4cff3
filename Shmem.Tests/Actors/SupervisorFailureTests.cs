using System.Collections.Immutable;
using Akka.Actor;
using Akka.TestKit.Xunit;
using Shmem.Actors.Messages;
using Shmem.Actors.Serialization;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>What the supervisor's application cannot give, or does wrong, is told, and leaves nobody waiting.</summary>
public sealed class SupervisorFailureTests : TestKit
{
    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_slot_whose_segments_are_not_to_be_had_gives_up_and_says_why()
    {
        using var application = new TestApplication { OpenSlotFails = new ShMemException(ShMemError.LimitReached, "create the log", "/dev/shm is full", "Make room.") };
        Watch<SlotGaveUp>();
        Watch<WorkersFailed>();
        var (supervisor, _) = await StartReadyAsync(application);

        Assert.Contains("/dev/shm is full", (await Next<SlotGaveUp>()).Reason, StringComparison.Ordinal);
        Assert.Contains("/dev/shm is full", (await Next<WorkersFailed>()).Reason, StringComparison.Ordinal);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task A_bug_of_the_application_at_an_assignment_leaves_nobody_waiting()
    {
        using var application = new TestApplication { OpenSlotFails = new InvalidOperationException("planted") };
        Watch<WorkersFailed>();
        var (supervisor, worker) = await StartReadyAsync(application, TestActor);

        Assert.Equal("planted", (await Next<WorkersFailed>()).Reason);
        await StopAsync(supervisor);
        Assert.False(PeerCommand.Lives(worker.Pid));
        Assert.Equal(worker.ProcessNumber, (await Next<HolderGone>()).Holder.ProcessNumber);
    }

    [Fact]
    public async Task A_bug_while_the_workers_stop_leaves_nobody_waiting()
    {
        using var application = new TestApplication { NextSegmentFails = true };
        Watch<WorkersFailed>();
        var (supervisor, worker) = await StartReadyAsync(application);
        var slot = await Next<SlotAssigned>();

        var stopped = supervisor.Ask<WorkersStopped>(new StopWorkers(TimeSpan.FromHours(1)), PeerCommand.Patience, Cancelled);
        await Next<StopWorker>();
        supervisor.Tell(new RequestNextSegment(slot.Slot, slot.Generation, 1), TestActor);

        Assert.Empty((await stopped).StillThere);
        Assert.False(PeerCommand.Lives(worker.Pid));
    }

    [Theory]
    [InlineData(nameof(IWorkerApplication.KindOf))]
    [InlineData(nameof(IWorkerApplication.ProcessGone))]
    [InlineData(nameof(IWorkerApplication.OpenSlot))]
    public async Task A_bug_of_the_application_at_a_death_hides_neither_the_exit_nor_the_end_of_the_leases(string member)
    {
        using var application = new TestApplication();
        var (leases, other) = (CreateTestProbe(), CreateTestProbe());
        Watch<WorkerStarted>();
        Watch<WorkersFailed>();
        var supervisor = Start(application, PeerCommand.Shell("exec sleep 600"), leases, keepsSpare: true);
        var (worker, spare) = (await Next<WorkerStarted>(), await Next<WorkerStarted>());
        Join(supervisor, worker);
        await Next<CampaignJoined>();
        supervisor.Tell(new ReportReady(worker.ProcessNumber), TestActor);
        await Next<SlotAssigned>();
        Join(supervisor, spare, other);
        supervisor.Tell(new ReportReady(spare.ProcessNumber), other);
        Watch<WorkerExited>();
        // It has executed something, so its slot is the spare's at once.
        application.Segments[worker.ProcessNumber].Ref<long>(0) = 1;
        application.BugAt = member;

        supervisor.Tell(new KillWorker(worker.ProcessNumber, "a hang"));

        var exited = await Next<WorkerExited>();
        Assert.Equal((worker.ProcessNumber, worker.Pid, 0, "a hang"), (exited.ProcessNumber, exited.Pid, exited.Slot, exited.Exit.KilledFor));
        Assert.Equal("planted", (await Next<WorkersFailed>()).Reason);
        await leases.FishForMessageAsync<HolderGone>(gone => gone.Holder.Pid == worker.Pid, PeerCommand.Patience, cancellationToken: Cancelled);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task The_exits_of_the_workers_of_a_supervisor_that_failed_are_told_before_their_leases_end()
    {
        using var application = new TestApplication { NextSegmentFails = true };
        Watch<WorkersFailed>();
        var (supervisor, worker) = await StartReadyAsync(application, TestActor);
        // Its log, and its checkpoint.
        await Next<AcquireLease>();
        await Next<AcquireLease>();
        var slot = await Next<SlotAssigned>();
        Watch<WorkerExited>();

        supervisor.Tell(new RequestNextSegment(slot.Slot, slot.Generation, 1), TestActor);

        await Next<RequestRefused>();
        await Next<WorkersFailed>();
        var exited = await Next<WorkerExited>();
        Assert.Equal((worker.ProcessNumber, worker.Pid, 0, WorkerExitCause.Killed), (exited.ProcessNumber, exited.Pid, exited.Slot, exited.Exit.Cause));
        Assert.Equal(worker.ProcessNumber, (await Next<HolderGone>()).Holder.ProcessNumber);
        await StopAsync(supervisor);
    }

    [Theory]
    [InlineData("")]
    [InlineData(nameof(IWorkerApplication.KindOf))]
    [InlineData(nameof(IWorkerApplication.ProcessGone))]
    public async Task What_a_worker_of_a_supervisor_that_failed_has_left_is_the_application_s_also_where_it_has_another_bug(string member)
    {
        using var application = new TestApplication { NextSegmentFails = true, BugAt = member };
        Watch<WorkersFailed>();
        var (supervisor, worker) = await StartReadyAsync(application);
        var slot = await Next<SlotAssigned>();
        Watch<WorkerExited>();

        supervisor.Tell(new RequestNextSegment(slot.Slot, slot.Generation, 1), TestActor);

        await Next<RequestRefused>();
        await Next<WorkersFailed>();
        // It reads the process's segment then.
        await Next<WorkerExited>();
        var left = $"{worker.ProcessNumber} is gone from slot {slot.Slot} generation {slot.Generation}";
        if (member.Length == 0) Assert.Contains(left, application.Calls);
        Assert.Contains(worker.ProcessNumber, application.Gone);
        var segment = application.Segments[worker.ProcessNumber].Description;
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => new StdShMemProvider().Open(segment)).Error);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task A_bug_of_the_application_at_the_first_start_is_told()
    {
        using var application = new TestApplication { PayloadFails = new InvalidOperationException("planted") };
        Watch<WorkersFailed>();
        var supervisor = Start(application, PeerCommand.Shell("exec sleep 600"));

        Assert.Equal("planted", (await Next<WorkersFailed>()).Reason);
        Assert.Equal(["1 was not started"], application.Calls);
        var freed = application.Segments[1].Description;
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => new StdShMemProvider().Open(freed)).Error);
        await StopAsync(supervisor);
    }

    [Fact]
    public async Task An_application_is_told_of_a_process_that_was_not_started()
    {
        using var application = new TestApplication();
        Watch<WorkersFailed>();
        var supervisor = Start(application, new WorkerCommand("/no/such/program", []));

        await Next<WorkersFailed>();
        Assert.Contains("1 was not started", application.Calls);
        await StopAsync(supervisor);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(16)]
    [InlineData(2000)]
    public async Task Who_joins_is_told_of_every_segment(int count)
    {
        // As long as names may be: the answer has to fit a message.
        var name = new string('\u20ac', 1020);
        ImmutableArray<NamedSegment> all =
            [.. Enumerable.Range(0, count).Select(i => new NamedSegment($"{name}{i}", i, new ShMemDescription(ShMemId.Parse($"memfd:1.2.{i}"), 4096)))];
        using var application = new TestApplication { AllSegments = all };
        Watch<WorkerStarted>();
        var supervisor = Start(application, PeerCommand.Shell("exec sleep 600"));
        Join(supervisor, await Next<WorkerStarted>());

        var joined = await Next<CampaignJoined>();
        Assert.NotEmpty(new ShMemMessageSerializer((ExtendedActorSystem)Sys).ToBinary(joined));
        var told = joined.Segments.ToList();
        while (told.Count < count) told.Add((await Next<SegmentAnnounced>()).Segment);
        Assert.Equal(all, told);
        await StopAsync(supervisor);
    }

    [Fact]
    public void Numbers_out_of_range_are_refused_before_anything_is_started()
    {
        using var application = new TestApplication();
        var options = new WorkerOptions(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default);
        Assert.Throws<ArgumentOutOfRangeException>(() => WorkerSupervisorActor.Props(options with { Slots = 0 }, application));
        Assert.Throws<ArgumentOutOfRangeException>(() => WorkerSupervisorActor.Props(options with { Slots = 1025 }, application));
        Assert.Throws<ArgumentOutOfRangeException>(() => WorkerSupervisorActor.Props(options with { EarlyDeaths = 0 }, application));
        Assert.Throws<ArgumentOutOfRangeException>(() => WorkerSupervisorActor.Props(options with { BackOff = TimeSpan.Zero }, application));
        Assert.Throws<ArgumentOutOfRangeException>(() => WorkerSupervisorActor.Props(options with { LongestBackOff = TimeSpan.Zero }, application));
    }

    private void Watch<T>() => Sys.EventStream.Subscribe(TestActor, typeof(T));

    private ValueTask<T> Next<T>() => ExpectMsgAsync<T>(PeerCommand.Patience, cancellationToken: Cancelled);

    /// <summary>With one process, or two, which do not join by themselves.</summary>
    private IActorRef Start(TestApplication application, WorkerCommand command, IActorRef? leases = null, bool keepsSpare = false) => Sys.ActorOf(WorkerSupervisorActor.Props(
        new WorkerOptions(new WorkerLaunch(command), default)
        {
            KeepsSpare = keepsSpare, EarlyDeaths = 2, BackOff = TimeSpan.FromMilliseconds(1), JoinLimit = TimeSpan.FromHours(1), ReadyLimit = TimeSpan.FromHours(1),
            ConfirmLimit = TimeSpan.FromHours(1),
        }, application, leases));

    /// <summary>Its process has joined, as this test's actor, and is ready.</summary>
    private async Task<(IActorRef Supervisor, WorkerStarted Worker)> StartReadyAsync(TestApplication application, IActorRef? leases = null)
    {
        Watch<WorkerStarted>();
        var supervisor = Start(application, PeerCommand.Shell("exec sleep 600"), leases);
        var worker = await Next<WorkerStarted>();
        Join(supervisor, worker);
        if (leases is not null) await Next<AcquireLease>();
        await Next<CampaignJoined>();
        supervisor.Tell(new ReportReady(worker.ProcessNumber), TestActor);
        return (supervisor, worker);
    }

    private void Join(IActorRef supervisor, WorkerStarted worker, IActorRef? actor = null) =>
        supervisor.Tell(new JoinCampaign(worker.ProcessNumber, worker.Pid, KernelStartTime.Of(worker.Pid)), actor ?? TestActor);

    private static async Task StopAsync(IActorRef supervisor) =>
        Assert.Empty((await supervisor.Ask<WorkersStopped>(new StopWorkers(TimeSpan.Zero), PeerCommand.Patience, Cancelled)).StillThere);
}
