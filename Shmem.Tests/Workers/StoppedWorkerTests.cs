using System.Diagnostics;
using Akka.Actor;
using Akka.Remote;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Actors.Workers.Events;
using Shmem.Backends.Interop;
using Shmem.Tests.EndToEnd;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>
/// A worker that is stopped and lives: for Akka's DeathWatch it is dead. It ends in a known state: the same generation goes on, or it was killed for certain and replaced.
/// The application of the tests looks at each assignment whether the slot's last holder lives.
/// </summary>
public sealed class StoppedWorkerTests(ITestOutputHelper output)
{
    // signal(7), Linux on x86 and ARM.
    private const int SIGCONT = 18;
    private const int SIGSTOP = 19;

    private const string ShortPatience = """
        akka.remote.watch-failure-detector {
          heartbeat-interval = 200 ms
          acceptable-heartbeat-pause = 3 s
          unreachable-nodes-reaper-interval = 200 ms
          expected-response-after = 500 ms
        }
        """;

    // Rule 7 of the design: "a stopped process is 'Terminated' for DeathWatch while it lives".
    [Fact]
    public async Task One_that_is_silent_for_too_long_is_killed_for_certain_and_then_replaced()
    {
        await using var campaign = new TestCampaign("serve", hocon: ShortPatience);
        var worker = await Stop(campaign);
        var stopped = Stopwatch.StartNew();

        var respawned = await campaign.Next<WorkerRespawned>();

        output.WriteLine($"replaced {stopped.Elapsed.TotalSeconds:0.0} s after it was stopped");
        Assert.Equal((0, 1), (respawned.Slot, respawned.Generation));
        await AssertKilledAndReplaced(campaign, worker, respawned.ProcessNumber);
    }

    [Fact]
    public async Task One_that_goes_on_when_it_is_quarantined_already_is_killed_for_certain_and_then_replaced()
    {
        await using var campaign = new TestCampaign("serve", hocon: ShortPatience);
        campaign.Record(typeof(QuarantinedEvent));
        var worker = await Stop(campaign);

        // One that was stopped before its first heartbeat has come has no incarnation that could be quarantined: it is replaced at once.
        var lost = await campaign.Next<object>(happened => happened is QuarantinedEvent or WorkerRespawned);
        if (lost is QuarantinedEvent)
        {
            // It may be killed already: it is no longer stopped then, either.
            LibcProcess.Kill(campaign.Pids[worker], SIGCONT);
            await Waiting.Until(() => State(campaign.Pids[worker]) != 'T', PeerCommand.Patience, "it runs again");
        }

        var respawned = lost as WorkerRespawned ?? await campaign.Next<WorkerRespawned>();
        await AssertKilledAndReplaced(campaign, worker, respawned.ProcessNumber);
    }

    [Fact]
    public async Task One_that_goes_on_in_time_keeps_its_slot_and_hears_what_it_was_told_meanwhile()
    {
        // The detector of akka.hocon, which bears with 30 s.
        await using var campaign = new TestCampaign("serve");
        var worker = await Stop(campaign);
        campaign.Supervisor.Tell(new AnnounceSegment(new NamedSegment("log", 1, campaign.Application.Segments[worker].Description)));
        var spare = campaign.Pids.Keys.Single(number => number != worker);
        await Waiting.Until(() => campaign.Word(spare, 40) == 1, PeerCommand.Patience, "the spare has heard of it");
        Assert.Equal(0, campaign.Word(worker, 40));

        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[worker], SIGCONT));

        await Waiting.Until(() => campaign.Word(worker, 40) == 1, PeerCommand.Patience, "the worker has heard of it");
        Assert.Equal([$"open slot 0 generation 0 for {worker}"], campaign.Application.Calls);
        Assert.True(PeerCommand.Lives(campaign.Pids[worker]));
    }

    /// <returns>The number of the worker, which has the slot and is stopped. The spare is ready.</returns>
    private static async Task<long> Stop(TestCampaign campaign)
    {
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        var worker = await campaign.Serving();
        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[worker], SIGSTOP));
        await Waiting.Until(() => State(campaign.Pids[worker]) == 'T', PeerCommand.Patience, "it is stopped");
        return worker;
    }

    private static async Task AssertKilledAndReplaced(TestCampaign campaign, long worker, long successor)
    {
        // It is told after the respawn, because the work goes on first; the system had said it before.
        Assert.False(PeerCommand.Lives(campaign.Pids[worker]));
        var exited = await campaign.Next<WorkerExited>(exited => exited.ProcessNumber == worker);
        Assert.Equal((worker, 0, WorkerExitCause.Killed, "its connection is lost"),
            (exited.ProcessNumber, exited.Slot, exited.Exit.Cause, exited.Exit.KilledFor));
        await Waiting.Until(() => campaign.Word(successor, 16) == 1, PeerCommand.Patience, "the successor works as generation 1");
        // On a machine that stalls for seconds, one without a slot may be lost before, and the successor after.
        Assert.Equal(
            [
                $"open slot 0 generation 0 for {worker}",
                $"{worker} is gone from slot 0 generation 0",
                $"open slot 0 generation 1 for {successor}",
            ],
            campaign.Application.Calls.Where(call => !call.Contains("from slot  generation", StringComparison.Ordinal)).Take(3));
        Assert.DoesNotContain(campaign.Application.Calls, call => call.Contains("has two holders", StringComparison.Ordinal));
    }

    /// <summary>As in /proc/PID/stat: T is stopped. Null where the process is gone.</summary>
    private static char? State(int pid) => ProcessTree.StateOf(pid);
}
