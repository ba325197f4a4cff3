using Akka.Actor;
using Shmem.Actors;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>What is left of a worker that ends: its state to its successor, its leases to nobody.</summary>
public sealed class WorkerStateTests
{
    // LESSONS: "LibAFL 163, 283, 1974, 3694: state lost across restart; SIGKILL leaves none".
    [Theory]
    [InlineData("saves", 16)]
    [InlineData("saves-larger", 5000)]
    public async Task The_successor_of_a_killed_worker_goes_on_with_what_was_saved_last(string how, int length)
    {
        await using var campaign = new TestCampaign(how);
        var worker = await campaign.Serving();
        Assert.Equal((0, 0), (campaign.Word(worker, 64), campaign.Word(worker, 80)));
        await Waiting.Until(() => campaign.Word(worker, 88) > 100, PeerCommand.Patience, "it has saved");

        Assert.Equal(0, LibcProcess.Kill((int)campaign.Word(worker, 48), LibcProcess.SIGKILL));

        var successor = (await campaign.Next<WorkerRespawned>()).ProcessNumber;
        await Waiting.Until(() => campaign.Word(successor, 0) == 1, PeerCommand.Patience, "the successor has the slot");
        var (saved, restored) = (campaign.Word(worker, 88), campaign.Word(successor, 64));
        // The last step may have been saved and not yet counted.
        Assert.InRange(restored, saved, saved + 1);
        Assert.Equal((Number(restored), length), ((ulong)campaign.Word(successor, 72), campaign.Word(successor, 80)));
        await Waiting.Until(() => campaign.Word(successor, 88) > restored, PeerCommand.Patience, "it goes on");
    }

    [Fact]
    public async Task The_coordinated_shutdown_of_the_broker_ends_processes_and_leases()
    {
        var heap = new HeapShMemProvider();
        IActorRef? leases = null;
        await using var campaign = new TestCampaign("serve", leases: system => leases = system.ActorOf(RcShMemProviderActor.Props(heap)));
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        campaign.Record(typeof(SegmentFreed));
        var number = await campaign.Serving();
        var worker = HolderId.Of(number, campaign.Pids[number]);
        var own = (await leases!.Ask<SegmentCreated>(new CreateSegment(64, worker, "of the worker alone"), PeerCommand.Patience, TestContext.Current.CancellationToken)).Segment;
        WorkerShutdown.Register(campaign.System, campaign.Supervisor, TimeSpan.FromSeconds(2));

        await CoordinatedShutdown.Get(campaign.System).Run(CoordinatedShutdown.ClrExitReason.Instance);

        // By the system's report of the worker's death, before its broker ends.
        await campaign.Next<SegmentFreed>(freed => freed.Id == own.Id);
        Assert.All(campaign.Pids.Values, pid => Assert.False(PeerCommand.Lives(pid)));
        Assert.Throws<ShMemException>(() => { heap.Open(own).Dispose(); });
    }

    // By its runtime, which ends the process: the worker's own actor system is not shut down before (akka.hocon says why).
    [Fact]
    public async Task A_worker_that_is_sent_SIGTERM_ends_with_its_leases_and_another_takes_the_slot()
    {
        const int SIGTERM = 15;
        await using var campaign = new TestCampaign("serve");
        var worker = await campaign.Serving();
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();

        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[worker], SIGTERM));

        Assert.Equal(0, (await campaign.Next<WorkerRespawned>()).Slot);
        Assert.Equal(worker, (await campaign.Next<WorkerExited>()).ProcessNumber);
        Assert.Equal(worker, (await campaign.Next<HolderGone>()).Holder.ProcessNumber);
        Assert.False(PeerCommand.Lives(campaign.Pids[worker]));
    }

    /// <summary>What the peer's steps come to.</summary>
    private static ulong Number(long steps)
    {
        var number = 1UL;
        for (var i = 0L; i < steps; i++) number = unchecked(number * 6364136223846793005 + 1442695040888963407);
        return number;
    }
}
