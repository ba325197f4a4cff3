using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Slots;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>Real workers that start real children, over the real connection, and real kills.</summary>
public sealed class ForkTests
{
    /// <summary>Where the board names what a worker leaves, and where a worker says its pid: see ForkingWorker of the peer.</summary>
    private const int LeftAt = 256, PidAt = 32;

    // LESSONS: "LibAFL 276: parent dies before the forked child reconnects: maps lost".
    [Fact]
    public async Task A_child_whose_parent_is_killed_first_claims_and_keeps_the_board_alone()
    {
        await using var campaign = await ForkCampaign.Start("claim");
        var worker = await campaign.WorkerAt(0, pid => pid > 0);
        var child = (int)campaign.OfWorker(worker, 0);
        try
        {
            await Waiting.Until(() => campaign.OnBoard(0) == child, PeerCommand.Patience, "the child was told");
            var prepared = await campaign.Next<ForkPrepared>();
            Assert.Equal((worker, 1), (prepared.Parent.ProcessNumber, prepared.Leases));

            Assert.Equal(0, LibcProcess.Kill(prepared.Parent.Pid, LibcProcess.SIGKILL));

            var completed = await campaign.Next<ForkCompleted>();
            Assert.Equal(new ForkCompleted(prepared.Parent, prepared.Token, HolderId.Of(prepared.ChildNumber, child)), completed);
            await campaign.StopWorkers();
            await campaign.Ask<LeaseReleased>(new ReleaseLease(ForkCampaign.Broker, campaign.Board));
            await Waiting.Until(() => campaign.OnBoard(8) == child, PeerCommand.Patience, "the child was answered");
            Assert.Equal(1, (await campaign.Ask<ShMemStatistics>(GetStatistics.Instance)).Leases);
            Assert.True(campaign.BoardOpens());
        }
        finally
        {
            _ = LibcProcess.Kill(child, LibcProcess.SIGKILL);
        }

        await campaign.Next<SegmentFreed>(freed => freed.Id == campaign.Board);
        Assert.False(campaign.BoardOpens());
    }

    // LESSONS: "child dies between PreFork and PostFork: parent hangs".
    [Fact]
    public async Task A_child_that_dies_without_a_word_ends_its_fork_and_its_parent_is_told()
    {
        await using var campaign = await ForkCampaign.Start("mute");
        var worker = await campaign.WorkerAt(8, step => step == 1);
        var child = (int)campaign.OfWorker(worker, 0);
        var prepared = await campaign.Next<ForkPrepared>();
        Assert.Equal(1, (await campaign.Ask<ShMemStatistics>(GetStatistics.Instance)).Forks);

        Assert.Equal(0, LibcProcess.Kill(child, LibcProcess.SIGKILL));

        var aborted = await campaign.Next<ForkAborted>();
        Assert.Equal((prepared.Token, ForkEnd.ChildGone, child), (aborted.Token, aborted.How, aborted.Child?.Pid));
        await campaign.WorkerAt(8, step => step == 2);
        Assert.Equal(0, (await campaign.Ask<ShMemStatistics>(GetStatistics.Instance)).Forks);
    }

    [Fact]
    public async Task A_fork_that_comes_to_nothing_is_taken_back()
    {
        await using var campaign = await ForkCampaign.Start("abort");
        await campaign.WorkerAt(8, step => step == 1);

        var aborted = await campaign.Next<ForkAborted>();
        Assert.Equal((ForkEnd.Aborted, (HolderId?)null), (aborted.How, aborted.Child));
    }

    [Fact]
    public async Task A_native_child_holds_by_its_parent_s_word_and_until_the_system_says_that_it_is_gone()
    {
        await using var campaign = await ForkCampaign.Start("native");
        var worker = await campaign.WorkerAt(8, step => step == 1);
        var child = (int)campaign.OfWorker(worker, 0);
        Assert.Equal(child, (await campaign.Next<ForkCompleted>()).Child.Pid);
        await campaign.Ask<LeaseReleased>(new ReleaseLease(ForkCampaign.Broker, campaign.Board));
        Assert.True(campaign.BoardOpens());

        // It stands in the worker's process group, and ends with it.
        await campaign.StopWorkers();

        await campaign.Next<SegmentFreed>(freed => freed.Id == campaign.Board);
        Assert.False(PeerCommand.Lives(child));
    }

    // LESSONS: "LibAFL 163, 283, 1974, 3694: state lost across restart".
    [Fact]
    public async Task A_worker_that_is_restarted_leaves_its_last_state_and_what_it_holds_to_its_successor_until_that_has_acknowledged()
    {
        await using var campaign = await StartRestarting();
        var (worker, left, unread) = await Restart(campaign);

        var successor = (await campaign.Next<WorkerRespawned>()).ProcessNumber;
        await AssertSucceeded(campaign, successor, worker);
        await campaign.Until(statistics => statistics.Restarts == 1);
        // The successor has let its own lease of the first go.
        Assert.True(campaign.Opens(left));
        campaign.TellWorker(successor, 16, 1);
        Assert.Equal(left.Id, (await campaign.Next<SegmentFreed>()).Id);
        Assert.Equal(0, (await campaign.Ask<ShMemStatistics>(GetStatistics.Instance)).Restarts);
        // The other is its own by now.
        Assert.True(campaign.Opens(unread));

        Assert.Equal(0, LibcProcess.Kill((int)campaign.OfWorker(successor, PidAt), LibcProcess.SIGKILL));

        // Who comes after it has nobody to succeed.
        var next = (await campaign.Next<WorkerRespawned>()).ProcessNumber;
        await Waiting.Until(() => campaign.OfWorker(next, 8) == 1, PeerCommand.Patience, "the next one works for itself");
        await Waiting.Until(() => !campaign.Opens(unread), PeerCommand.Patience, "what the dead one held is freed");
    }

    [Fact]
    public async Task A_successor_that_is_killed_before_it_has_acknowledged_leaves_all_to_the_next_one()
    {
        await using var campaign = await StartRestarting();
        var (worker, left, unread) = await Restart(campaign);
        var first = (await campaign.Next<WorkerRespawned>()).ProcessNumber;
        await AssertSucceeded(campaign, first, worker);
        await campaign.Until(statistics => statistics.Restarts == 1);

        Assert.Equal(0, LibcProcess.Kill((int)campaign.OfWorker(first, PidAt), LibcProcess.SIGKILL));

        var second = (await campaign.Next<WorkerRespawned>()).ProcessNumber;
        await AssertSucceeded(campaign, second, worker);
        Assert.True(campaign.Opens(left) && campaign.Opens(unread));
        campaign.TellWorker(second, 16, 1);
        Assert.Equal(left.Id, (await campaign.Next<SegmentFreed>()).Id);
    }

    private static Task<ForkCampaign> StartRestarting()
    {
        var provider = new StdShMemProvider();
        return ForkCampaign.Start(["forking-worker", "restart"], [provider.Chosen], prepare: async (campaign, _) =>
        {
            const int Capacity = ShMemDescription.EncodedSize;
            var created = await campaign.Ask<SegmentCreated>(new CreateSegment(SlotCheckpoint.SizeFor(Capacity), ForkCampaign.Broker, "checkpoint"));
            using var segment = provider.Open(created.Segment);
            SlotCheckpoint.Create(segment, Capacity).Dispose();
            campaign.Checkpoint = created.Segment;
        });
    }

    /// <summary>Has the slot's worker restarted, which holds two segments for itself.</summary>
    /// <returns>Its pid; the segment that its last checkpoint names, and the other.</returns>
    private static async Task<(int Pid, ShMemDescription Left, ShMemDescription Unread)> Restart(ForkCampaign campaign)
    {
        var worker = await campaign.WorkerAt(8, step => step == 1);
        var pid = (int)campaign.OfWorker(worker, PidAt);
        var holder = HolderId.Of(worker, pid);
        var left = (await campaign.Ask<SegmentCreated>(new CreateSegment(64, holder, "what the successor reads"))).Segment;
        var unread = (await campaign.Ask<SegmentCreated>(new CreateSegment(64, holder, "of the worker alone"))).Segment;
        campaign.Name(LeftAt, left);
        campaign.TellWorker(worker, 16, 1);
        return (pid, left, unread);
    }

    private static async Task AssertSucceeded(ForkCampaign campaign, long successor, int predecessorPid)
    {
        await Waiting.Until(() => campaign.OfWorker(successor, 8) == 3, PeerCommand.Patience, "the successor has read what was left");
        Assert.Equal(predecessorPid, campaign.OfWorker(successor, 24));
    }
}
