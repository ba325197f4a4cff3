using Akka.Actor;
using Shmem.Actors.Campaign;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Workers;

public sealed class WorkerSupervisorTests(ITestOutputHelper output)
{
    [Fact]
    public async Task The_spare_takes_the_slot_of_a_worker_that_is_killed_from_outside()
    {
        await using var campaign = new TestCampaign("serve");
        output.WriteLine($"joined after {(await campaign.Next<WorkerJoined>()).After.TotalMilliseconds:0} ms");
        await campaign.Next<WorkerReady>();
        output.WriteLine($"spare ready after {(await campaign.Next<WorkerReady>()).After.TotalMilliseconds:0} ms");
        var first = await campaign.Serving();
        var description = campaign.Application.Segments[first].Description;
        Assert.Equal((1, 0), (campaign.Word(first, 8), campaign.Word(first, 16)));

        var killed = System.Diagnostics.Stopwatch.StartNew();
        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[first], LibcProcess.SIGKILL));

        var respawned = await campaign.Next<WorkerRespawned>();
        output.WriteLine($"slot taken over {killed.Elapsed.TotalMilliseconds:0} ms after the kill");
        Assert.Equal((0, 1), (respawned.Slot, respawned.Generation));
        Assert.NotEqual(first, respawned.ProcessNumber);
        var exited = await campaign.Next<WorkerExited>();
        Assert.Equal((first, 0, 9, WorkerExitCause.Own), (exited.ProcessNumber, exited.Slot, exited.Exit.Signal, exited.Exit.Cause));
        // By which kind of death is for the application to say.
        Assert.Equal("kind 137", exited.Exit.Kind);
        Assert.Equal(first, (await campaign.Next<HolderGone>()).Holder.ProcessNumber);
        Assert.Equal(
            [
                $"open slot 0 generation 0 for {first}",
                $"{first} is gone from slot 0 generation 0",
                $"open slot 0 generation 1 for {respawned.ProcessNumber}",
            ],
            campaign.Application.Calls);
        Assert.Equal(ShMemError.NotFound, Assert.Throws<ShMemException>(() => StdOpen(description)).Error);
        await Waiting.Until(() => campaign.Word(respawned.ProcessNumber, 16) == 1, PeerCommand.Patience, "the spare works as generation 1");
        // The next spare is on its way, and comes.
        var spare = await campaign.Next<WorkerReady>();
        Assert.True(spare.ProcessNumber > respawned.ProcessNumber);
    }

    [Fact]
    public async Task Without_a_spare_a_process_is_started_when_the_worker_is_gone()
    {
        await using var campaign = new TestCampaign("serve", options => options with { KeepsSpare = false });
        await campaign.Next<WorkerReady>();
        var first = await campaign.Serving();
        Assert.Equal([first], campaign.Pids.Keys);

        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[first], LibcProcess.SIGKILL));

        Assert.Equal(first, (await campaign.Next<WorkerExited>()).ProcessNumber);
        var respawned = await campaign.Next<WorkerRespawned>();
        Assert.Equal((0, 1), (respawned.Slot, respawned.Generation));
        Assert.Equal([first, respawned.ProcessNumber], campaign.Pids.Keys.Order());
    }

    [Fact]
    public async Task What_a_process_is_told_of_it_holds_from_before_it_knows_until_it_is_gone()
    {
        await using var campaign = new TestCampaign("serve");
        var board = ((IWorkerApplication)campaign.Application).Segments().Single().Description;
        var first = await campaign.Next<AcquireLease>();
        Assert.Equal(board.Id, first.Id);
        // The lease was asked for before the process was known to have joined, and so before it was told anything.
        Assert.Equal(first.Holder.ProcessNumber, (await campaign.Next<WorkerJoined>()).ProcessNumber);
        var worker = await campaign.Serving();
        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[worker], LibcProcess.SIGKILL));

        var gone = await campaign.Next<HolderGone>();
        Assert.Equal((worker, campaign.Pids[worker]), (gone.Holder.ProcessNumber, gone.Holder.Pid));
        await campaign.Next<AcquireLease>(lease => lease.Holder.ProcessNumber > worker);
    }

    [Fact]
    public async Task A_spare_that_dies_is_replaced_and_the_workers_are_not_disturbed()
    {
        await using var campaign = new TestCampaign("serve");
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        var worker = await campaign.Serving();
        var spare = campaign.Pids.Keys.Single(number => number != worker);

        campaign.Supervisor.Tell(new KillWorker(spare, "no longer warm"));

        var exited = await campaign.Next<WorkerExited>();
        Assert.Equal((spare, (int?)null, "no longer warm"), (exited.ProcessNumber, exited.Slot, exited.Exit.KilledFor));
        Assert.Equal((WorkerExitCause.Killed, (string?)null), (exited.Exit.Cause, exited.Exit.Kind));
        await campaign.Next<WorkerReady>();
        Assert.True(PeerCommand.Lives(campaign.Pids[worker]));
        Assert.DoesNotContain(campaign.Application.Calls, call => call.Contains("generation 1", StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_stopped_worker_is_killed_for_certain_and_its_grandchild_with_it()
    {
        const int SIGSTOP = 19;
        await using var campaign = new TestCampaign("grandchild");
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        var worker = await campaign.Serving();
        var grandchild = (int)campaign.Word(worker, 24);
        Assert.True(PeerCommand.Lives(grandchild));
        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[worker], SIGSTOP));

        campaign.Supervisor.Tell(new KillWorker(worker, "a hang", IsTimeOut: true));

        var exited = await campaign.Next<WorkerExited>();
        Assert.Equal((worker, WorkerExitCause.TimedOut, "a hang"), (exited.ProcessNumber, exited.Exit.Cause, exited.Exit.KilledFor));
        Assert.False(PeerCommand.Lives(campaign.Pids[worker]));
        await Waiting.Until(() => !PeerCommand.Lives(grandchild), PeerCommand.Patience, "the grandchild is gone");
    }

    [Fact]
    public async Task The_slot_of_a_process_that_does_not_end_is_left_to_it_and_the_spare_gets_a_new_one()
    {
        // Its end is told late, because of its stderr: after the word that its time to end is over, which comes without that time.
        await using var campaign = new TestCampaign("holds-stderr");
        try
        {
            await campaign.Next<WorkerReady>();
            await campaign.Next<WorkerReady>();
            var worker = await campaign.Serving();
            var spare = campaign.Pids.Keys.Single(number => number != worker);

            campaign.Supervisor.Tell(new KillWorker(worker, "a hang"));
            campaign.Supervisor.Tell(new SupervisedProcess.WillNotDie(worker));

            Assert.Equal(new SlotParked(0, worker, 1), await campaign.Next<SlotParked>());
            var exited = await campaign.Next<WorkerExited>();
            Assert.Equal((worker, 0), (exited.ProcessNumber, exited.Slot));
            await campaign.Next<WorkerReady>();
            Assert.Equal(
                [$"open slot 0 generation 0 for {worker}", $"open slot 1 generation 0 for {spare}", $"{worker} is gone from slot 0 generation 0"],
                campaign.Application.Calls);
        }
        finally
        {
            foreach (var process in campaign.Application.Segments.Keys.Select(number => (int)campaign.Word(number, 24)).Where(pid => pid > 0))
                ProcessGroup.Kill(process, KernelStartTime.Of(process));
        }
    }

    [Fact]
    public async Task Workers_are_granted_segments_and_hear_of_new_ones()
    {
        await using var campaign = new TestCampaign("serve");
        await campaign.Next<WorkerReady>();
        var worker = await campaign.Serving();
        campaign.Supervisor.Tell(new AnnounceSegment(new NamedSegment("log", 1, campaign.Application.Segments[worker].Description)));
        await Waiting.Until(() => campaign.Word(worker, 32) == 1 && campaign.Word(worker, 40) == 1 && campaign.Word(worker, 56) == 1, PeerCommand.Patience,
            "granted and announced");
    }

    [Theory]
    [InlineData("serve", 0)]
    [InlineData("ignore-stop", 137)]
    public async Task Stopping_leaves_no_process(string how, int exitCode)
    {
        await using var campaign = new TestCampaign(how);
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();

        var stopped = await campaign.Stop(how == "serve" ? PeerCommand.Patience : TimeSpan.FromMilliseconds(300));

        Assert.Empty(stopped.StillThere);
        Assert.Equal(2, campaign.Pids.Count);
        Assert.All(campaign.Pids.Values, pid => Assert.False(PeerCommand.Lives(pid)));
        Assert.Equal(exitCode, (await campaign.Next<WorkerExited>()).Exit.ExitCode);
        Assert.Equal(exitCode, (await campaign.Next<WorkerExited>()).Exit.ExitCode);
        // Asked again, it answers at once.
        Assert.Empty((await campaign.Stop(TimeSpan.Zero)).StillThere);
    }

    [Fact]
    public async Task The_coordinated_shutdown_stops_the_workers()
    {
        await using var campaign = new TestCampaign("serve");
        await campaign.Next<WorkerReady>();
        WorkerShutdown.Register(campaign.System, campaign.Supervisor, TimeSpan.FromSeconds(2));
        await CoordinatedShutdown.Get(campaign.System).Run(CoordinatedShutdown.ActorSystemTerminateReason.Instance);
        await campaign.Next<WorkerExited>();
        await campaign.Next<WorkerExited>();
        Assert.All(campaign.Pids.Values, pid => Assert.False(PeerCommand.Lives(pid)));
    }

    [Fact]
    public async Task The_coordinated_shutdown_kills_the_groups_of_workers_that_have_not_stopped_when_their_grace_time_is_over()
    {
        Require.Patience();
        // Longer than the 5 s that Akka gives a phase.
        var grace = TimeSpan.FromSeconds(6);
        await using var campaign = new TestCampaign("ignore-stop");
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        int[] grandchildren = [.. campaign.Pids.Keys.Select(number => (int)campaign.Word(number, 24))];
        Assert.All(grandchildren, pid => Assert.True(PeerCommand.Lives(pid)));
        WorkerShutdown.Register(campaign.System, campaign.Supervisor, grace);
        var shutdown = System.Diagnostics.Stopwatch.StartNew();

        await CoordinatedShutdown.Get(campaign.System).Run(CoordinatedShutdown.ClrExitReason.Instance);

        Assert.True(shutdown.Elapsed > TimeSpan.FromSeconds(5), $"They had {shutdown.Elapsed}.");
        Assert.All(campaign.Pids.Values, pid => Assert.False(PeerCommand.Lives(pid)));
        for (var i = 0; i < 2; i++)
        {
            var exit = (await campaign.Next<WorkerExited>()).Exit;
            Assert.Equal((WorkerExitCause.Killed, "the campaign has ended"), (exit.Cause, exit.KilledFor));
        }

        await Waiting.Until(() => !grandchildren.Any(PeerCommand.Lives), PeerCommand.Patience, "what they started is gone");
    }

    [Fact]
    public async Task A_grace_time_that_the_settings_would_cut_short_is_refused()
    {
        using var system = ActorSystem.Create("broker", CampaignHocon.Load());

        var refused = Assert.Throws<ArgumentOutOfRangeException>(() => WorkerShutdown.Register(system, ActorRefs.Nobody, TimeSpan.FromSeconds(51)));

        Assert.Contains("phases.service-requests-done.timeout is 60 s; 61 s are needed", refused.Message, StringComparison.Ordinal);
        await system.Terminate();
    }

    [Theory]
    [InlineData("exit-at-once", false, "a worker exited with code 7 before its first execution: cannot load the target")]
    [InlineData("die-on-slot", true, "a worker exited with code 9 before its first execution")]
    [InlineData("fail", false, "a worker failed: InvalidOperationException: no target here before its first execution")]
    public async Task Workers_that_never_execute_anything_end_in_giving_up_with_the_reason(string how, bool haveSlots, string reason)
    {
        await using var campaign = new TestCampaign(how, options => options with { EarlyDeaths = 2 });
        if (haveSlots) Assert.Equal(new SlotGaveUp(0, reason), await campaign.Next<SlotGaveUp>());
        Assert.Equal(reason, (await campaign.Next<WorkersFailed>()).Reason);
        await campaign.Stop(TimeSpan.Zero);
        Assert.All(campaign.Pids.Values, pid => Assert.False(PeerCommand.Lives(pid)));
    }

    [Fact]
    public async Task Workers_that_fail_at_work_end_in_giving_up_with_their_last_words()
    {
        await using var campaign = new TestCampaign("fail-at-work", options => options with { EarlyDeaths = 3 });

        Assert.Equal(new SlotGaveUp(0, "a worker exited with code 77: no descriptor is left"), await campaign.Next<SlotGaveUp>());
        Assert.Equal(3, campaign.Application.Calls.Count(call => call.StartsWith("open slot 0", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Of_two_slots_one_gives_up_and_the_other_goes_on()
    {
        await using var campaign = new TestCampaign("die-on-first-slot", options => options with { Slots = 2, EarlyDeaths = 2 });

        Assert.Equal(new SlotGaveUp(0, "a worker exited with code 9 before its first execution"), await campaign.Next<SlotGaveUp>());
        var worker = await campaign.Serving();
        Assert.Equal(2, campaign.Word(worker, 8));
        Assert.Equal(0, LibcProcess.Kill((int)campaign.Word(worker, 48), LibcProcess.SIGKILL));
        var respawned = await campaign.Next<WorkerRespawned>(respawned => respawned.Slot == 1);
        Assert.Equal(1, respawned.Generation);
        await Waiting.Until(() => campaign.Word(respawned.ProcessNumber, 0) > 0, PeerCommand.Patience, "its successor works");
        Assert.Equal(["open slot 0 generation 0", "open slot 0 generation 1"],
            campaign.Application.Calls.Where(call => call.StartsWith("open slot 0", StringComparison.Ordinal)).Select(call => call[..24]));
    }

    [Fact]
    public async Task A_worker_that_never_joins_is_killed_and_counted()
    {
        await using var campaign = new TestCampaign("never-join",
            options => options with { EarlyDeaths = 1, JoinLimit = TimeSpan.FromMilliseconds(300) });
        Assert.Equal("a worker killed: did not join within 0.3 s before its first execution", (await campaign.Next<WorkersFailed>()).Reason);
        Assert.Equal(WorkerExitCause.TimedOut, (await campaign.Next<WorkerExited>()).Exit.Cause);
    }

    [Fact]
    public async Task A_program_that_is_not_there_fails_the_campaign_at_once()
    {
        await using var campaign = new TestCampaign("serve",
            options => options with { Launch = new WorkerLaunch(new WorkerCommand("/no/such/program", [])) });
        Assert.Contains("/no/such/program", (await campaign.Next<WorkersFailed>()).Reason);
        Assert.Empty(campaign.Pids);
    }

    [Fact]
    public async Task A_supervisor_that_is_stopped_takes_its_workers_with_it()
    {
        var campaign = new TestCampaign("serve");
        await campaign.Next<WorkerReady>();
        await campaign.Supervisor.GracefulStop(PeerCommand.Patience);
        await Waiting.Until(() => !campaign.Pids.Values.Any(PeerCommand.Lives), PeerCommand.Patience, "the workers are gone");
        await campaign.System.Terminate();
        campaign.Application.Dispose();
        campaign.Certificate.Dispose();
    }

    private static ShMem StdOpen(ShMemDescription description) => new StdShMemProvider().Open(description);
}
