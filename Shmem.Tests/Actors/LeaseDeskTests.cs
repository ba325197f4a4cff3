using Akka.Actor;
using Akka.TestKit.Xunit;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
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
        var options = new WorkerOptions(new WorkerLaunch(PeerCommand.Shell("exec sleep 600")), default) { KeepsSpare = false };
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

    private ValueTask<T> Next<T>() => ExpectMsgAsync<T>(PeerCommand.Patience, cancellationToken: Cancelled);
}
