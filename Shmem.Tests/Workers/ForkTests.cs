using Shmem.Actors.Messages;
using Shmem.Actors.Workers.Events;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>Real workers that start real children, over the real connection, and real kills.</summary>
public sealed class ForkTests
{
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
    public async Task A_worker_that_is_restarted_leaves_what_it_holds_to_its_successor()
    {
        await using var campaign = await ForkCampaign.Start("restart");
        var worker = await campaign.WorkerAt(8, step => step == 1);
        var holder = new HolderId(campaign.OnBoard(64), (int)campaign.OnBoard(72), campaign.OnBoard(80));
        var segment = (await campaign.Ask<SegmentCreated>(new CreateSegment(64, holder, "of the worker alone"))).Segment;

        campaign.TellWorker(worker, 16, 1);

        Assert.Equal(worker, (await campaign.Next<WorkerExited>()).ProcessNumber);
        var successor = await campaign.WorkerAt(8, step => step == 3);
        Assert.NotEqual(worker, successor);
        Assert.True(campaign.Opens(segment));
        await campaign.Until(statistics => statistics.Restarts == 1);
        campaign.TellWorker(successor, 16, 1);
        await campaign.WorkerAt(8, step => step == 4);
        Assert.Equal(0, (await campaign.Ask<ShMemStatistics>(GetStatistics.Instance)).Restarts);
        Assert.True(campaign.Opens(segment));

        await campaign.StopWorkers();

        await campaign.Next<SegmentFreed>(freed => freed.Id == segment.Id);
    }
}
