using Akka.Actor;
using Akka.TestKit.Xunit;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>Who keeps what a process was told of: the supervisor, for it, and until it is gone.</summary>
public sealed class LeaseDeskTests : TestKit
{
    private static readonly ShMemDescription Own = new(ShMemId.Parse("heap:1"), 64);
    private static readonly ShMemDescription Told = new(ShMemId.Parse("heap:2"), 64);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_release_that_crosses_the_word_of_a_segment_does_not_end_the_lease_that_comes_with_the_word()
    {
        using var application = new TestApplication();
        var leases = CreateTestProbe();
        Sys.EventStream.Subscribe(TestActor, typeof(WorkerStarted));
        var options = new WorkerOptions(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default) { KeepsSpare = false, ConfirmLimit = TimeSpan.FromHours(1) };
        var supervisor = Sys.ActorOf(WorkerSupervisorActor.Props(options, application, leases));
        var started = await Next<WorkerStarted>();
        var holder = new HolderId(started.ProcessNumber, started.Pid, KernelStartTime.Of(started.Pid));
        supervisor.Tell(new JoinCampaign(holder.ProcessNumber, holder.Pid, holder.KernelStartTime), TestActor);
        await Next<CampaignJoined>();

        supervisor.Tell(new AnnounceSegment(new NamedSegment("log", 1, Told)), TestActor);
        supervisor.Tell(new ReleaseLease(holder, Told.Id), TestActor);
        supervisor.Tell(new ReleaseLease(holder, Own.Id), TestActor);

        await Next<SegmentAnnounced>();
        Assert.Equal(new LeaseReleased(holder, Told.Id), await Next<LeaseReleased>());
        // What it holds by its own request is its own to release.
        await leases.FishForMessageAsync<AcquireLease>(acquire => acquire.Id == Told.Id, PeerCommand.Patience, cancellationToken: Cancelled);
        Assert.Equal(new ReleaseLease(holder, Own.Id), await leases.ExpectMsgAsync<ReleaseLease>(PeerCommand.Patience, cancellationToken: Cancelled));
        await supervisor.Ask<WorkersStopped>(new StopWorkers(TimeSpan.Zero), PeerCommand.Patience, Cancelled);
    }

    [Fact]
    public async Task A_slot_s_next_worker_is_told_of_who_asked_last_to_be_succeeded_of_those_that_were_not_refused_and_are_not_acknowledged()
    {
        using var application = new TestApplication();
        var provider = Sys.ActorOf(RcShMemProviderActor.Props(new HeapShMemProvider()));
        Sys.EventStream.Subscribe(TestActor, typeof(WorkerStarted));
        var options = new WorkerOptions(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default) { KeepsSpare = false };
        var supervisor = Sys.ActorOf(WorkerSupervisorActor.Props(options, application, provider));
        var grace = TimeSpan.FromMinutes(1);

        var (first, predecessor) = await NextWorker();
        Assert.Null(predecessor);
        Assert.Equal(ShMemError.Invalid, Assert.IsType<RequestRefused>(await Ask(new OnRestart(first, TimeSpan.FromHours(2)))).Error);
        Kill(first);

        (var second, predecessor) = await NextWorker();
        Assert.Null(predecessor);
        Assert.IsType<RestartAcknowledged>(await Ask(new OnRestart(second, grace)));
        Assert.IsType<RequestRefused>(await Ask(new OnRestart(second, TimeSpan.FromHours(2))));
        // It is not its own successor.
        Assert.IsType<RequestRefused>(await Ask(new AcknowledgeRestart(second, second)));
        Kill(second);

        (var third, predecessor) = await NextWorker();
        Assert.Equal(second, predecessor);
        Assert.IsType<RestartAcknowledged>(await Ask(new OnRestart(third, grace)));
        await Succeed(second, third);
        Kill(third);

        // It asks before it has succeeded anybody, and never does.
        (var fourth, predecessor) = await NextWorker();
        Assert.Equal(third, predecessor);
        Assert.IsType<RestartAcknowledged>(await Ask(new OnRestart(fourth, grace)));
        Kill(fourth);

        (var fifth, predecessor) = await NextWorker();
        Assert.Equal(fourth, predecessor);
        await Succeed(fourth, fifth);
        Kill(fifth);

        (_, predecessor) = await NextWorker();
        Assert.Equal(third, predecessor);
        await supervisor.Ask<WorkersStopped>(new StopWorkers(TimeSpan.Zero), PeerCommand.Patience, Cancelled);

        // Joined and in the slot, with something to leave.
        async Task<(HolderId Worker, HolderId? Predecessor)> NextWorker()
        {
            var started = await Next<WorkerStarted>();
            var holder = new HolderId(started.ProcessNumber, started.Pid, KernelStartTime.Of(started.Pid));
            var worker = CreateTestProbe();
            supervisor.Tell(new JoinCampaign(holder.ProcessNumber, holder.Pid, holder.KernelStartTime), worker);
            await worker.ExpectMsgAsync<CampaignJoined>(PeerCommand.Patience, cancellationToken: Cancelled);
            supervisor.Tell(new ReportReady(holder.ProcessNumber), worker);
            var slot = await worker.ExpectMsgAsync<SlotAssigned>(PeerCommand.Patience, cancellationToken: Cancelled);
            await provider.Ask<SegmentCreated>(new CreateSegment(64, holder, "its own"), PeerCommand.Patience, Cancelled);
            // It has executed something: nobody backs off.
            application.Segments[holder.ProcessNumber].Ref<long>(0) = 1;
            return (holder, slot.Predecessor);
        }

        async Task Succeed(HolderId predecessor, HolderId successor)
        {
            Assert.IsType<RestartAcknowledged>(await Ask(new SucceedHolder(predecessor, successor)));
            Assert.IsType<RestartAcknowledged>(await Ask(new AcknowledgeRestart(predecessor, successor)));
        }

        Task<object> Ask(ICampaignRequest request) => supervisor.Ask<object>(request, PeerCommand.Patience, Cancelled);
        void Kill(HolderId worker) => supervisor.Tell(new KillWorker(worker.ProcessNumber, "the next one's turn"));
    }

    private ValueTask<T> Next<T>() => ExpectMsgAsync<T>(PeerCommand.Patience, cancellationToken: Cancelled);
}
