using System.Globalization;
using System.Runtime.InteropServices;
using Akka.Actor;
using Akka.Event;
using Akka.Remote;
using Shmem.Actors.Campaign;
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
public sealed partial class StoppedWorkerTests(ITestOutputHelper output)
{
    // signal(7), Linux on x86 and ARM.
    private const int SIGCONT = 18;
    private const int SIGSTOP = 19;

    // sys/socket.h
    private const int SHUT_RDWR = 2;

    /// <summary>Where a worker that saves says which step it has restored, and which it has saved last: see WorkerVerb of the peer.</summary>
    private const int RestoredAt = 64, SavedAt = 88;

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
        Require.Patience();
        await using var campaign = new TestCampaign("serve", hocon: ShortPatience);
        var worker = await Working(campaign);
        await Stop(campaign, worker);
        var stopped = System.Diagnostics.Stopwatch.StartNew();

        var respawned = await campaign.Next<WorkerRespawned>();

        output.WriteLine($"replaced {stopped.Elapsed.TotalSeconds:0.0} s after it was stopped");
        Assert.Equal((0, 1), (respawned.Slot, respawned.Generation));
        await AssertKilledAndReplaced(campaign, worker, respawned.ProcessNumber);
    }

    [Fact]
    public async Task One_that_goes_on_when_it_is_quarantined_already_is_killed_for_certain_and_then_replaced()
    {
        Require.Patience();
        // By the log alone one learns of a heartbeat.
        await using var campaign = new TestCampaign("serve", hocon: ShortPatience + "akka.loglevel = DEBUG");
        campaign.Record(typeof(QuarantinedEvent));
        campaign.Record(typeof(Debug));
        var worker = await Working(campaign);
        // Who has answered no heartbeat yet has no incarnation that could be quarantined. The spare answers as well.
        var answered = new HashSet<string>();
        await campaign.Next<Debug>(said => HeartbeatOf($"{said.Message}") is { } address && answered.Add(address) && answered.Count == 2);
        await Stop(campaign, worker);

        await campaign.Next<QuarantinedEvent>();
        // It has 2 s, in which the broker waits for the system's word on its death. Who comes later continues nobody.
        _ = LibcProcess.Kill(campaign.Pids[worker], SIGCONT);

        await AssertKilledAndReplaced(campaign, worker, (await campaign.Next<WorkerRespawned>()).ProcessNumber);
    }

    [Fact]
    public async Task One_that_goes_on_in_time_keeps_its_slot_and_hears_what_it_was_told_meanwhile()
    {
        // The detector of akka.hocon, which bears with 30 s.
        await using var campaign = new TestCampaign("serve");
        var worker = await Working(campaign);
        await Stop(campaign, worker);
        campaign.Supervisor.Tell(new AnnounceSegment(new NamedSegment("log", 1, campaign.Application.Segments[worker].Description)));
        var spare = campaign.Pids.Keys.Single(number => number != worker);
        await Waiting.Until(() => campaign.Word(spare, 40) == 1, PeerCommand.Patience, "the spare has heard of it");
        Assert.Equal(0, campaign.Word(worker, 40));

        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[worker], SIGCONT));

        await Waiting.Until(() => campaign.Word(worker, 40) == 1, PeerCommand.Patience, "the worker has heard of it");
        Assert.Equal([$"open slot 0 generation 0 for {worker}"], campaign.Application.Calls);
        Assert.True(PeerCommand.Lives(campaign.Pids[worker]));
    }

    // The settings as they are shipped bear with just that long: which way it goes is open.
    [Fact]
    public async Task One_that_is_stopped_for_thirty_seconds_goes_on_or_is_killed_for_certain_and_its_checkpoint_has_one_writer_at_a_time()
    {
        Require.Patience();
        await using var campaign = new TestCampaign("saves");
        var worker = await Working(campaign);
        await Stop(campaign, worker);
        var before = campaign.Word(worker, SavedAt);
        await Task.Delay(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);

        // Continues nobody where it was killed before.
        _ = LibcProcess.Kill(campaign.Pids[worker], SIGCONT);
        campaign.Supervisor.Tell(new AnnounceSegment(new NamedSegment("log", 1, campaign.Application.Segments[worker].Description)));

        bool IsGone() => campaign.Application.Calls.Contains($"{worker} is gone from slot 0 generation 0");
        await Waiting.Until(() => IsGone() || (campaign.Word(worker, 40) == 1 && campaign.Word(worker, SavedAt) > before), PeerCommand.Patience,
            "it hears and writes, or is gone");
        output.WriteLine(IsGone() ? "killed" : "gone on");
        if (IsGone())
        {
            // By the broker, or by itself, where it was the one that had lost the other.
            Assert.Equal(LibcProcess.SIGKILL, (await campaign.Next<WorkerExited>(gone => gone.ProcessNumber == worker)).Exit.Signal);
            await AssertSavesAfter(campaign, worker);
        }

        Assert.DoesNotContain(campaign.Application.Calls, call => call.Contains("two holders", StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_whose_connection_is_cut_connects_again_hears_what_was_said_meanwhile_and_goes_on_writing()
    {
        Require.Patience();
        await using var campaign = new TestCampaign("saves");
        var worker = await Working(campaign);

        await CutAll(campaign);

        // At first this is lost.
        campaign.Supervisor.Tell(new AnnounceSegment(new NamedSegment("log", 1, campaign.Application.Segments[worker].Description)));
        var before = campaign.Word(worker, SavedAt);
        await Waiting.Until(() => campaign.Word(worker, 40) > 0 && campaign.Word(worker, SavedAt) > before, PeerCommand.Patience, "it hears and writes");
        Assert.Equal([$"open slot 0 generation 0 for {worker}"], campaign.Application.Calls);
        Assert.True(PeerCommand.Lives(campaign.Pids[worker]));
    }

    [Fact]
    public async Task A_spare_whose_connection_is_cut_gets_the_slot_that_it_was_given_meanwhile()
    {
        Require.Patience();
        await using var campaign = new TestCampaign("serve");
        var worker = await Working(campaign);

        await CutAll(campaign);
        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[worker], LibcProcess.SIGKILL));

        var respawned = await campaign.Next<WorkerRespawned>();
        await Waiting.Until(() => campaign.Word(respawned.ProcessNumber, 0) == 1, PeerCommand.Patience, "the spare works");
        Assert.Equal(1, campaign.Word(respawned.ProcessNumber, 16));
    }

    /// <returns>The number of the worker, which has the slot. The spare is ready.</returns>
    private static async Task<long> Working(TestCampaign campaign)
    {
        await campaign.Next<WorkerReady>();
        await campaign.Next<WorkerReady>();
        return await campaign.Serving();
    }

    private static async Task Stop(TestCampaign campaign, long worker)
    {
        Assert.Equal(0, LibcProcess.Kill(campaign.Pids[worker], SIGSTOP));
        await Waiting.Until(() => State(campaign.Pids[worker]) == 'T', PeerCommand.Patience, "it is stopped");
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

    /// <summary>The successor has begun behind the last write of a worker that is gone, and writes.</summary>
    private static async Task AssertSavesAfter(TestCampaign campaign, long worker)
    {
        var successor = 0L;
        await Waiting.Until(() => (successor = campaign.Application.Segments.Keys.FirstOrDefault(number => campaign.Word(number, 16) == 1)) > 0, PeerCommand.Patience,
            "another has the slot");
        var saved = campaign.Word(worker, SavedAt);
        await Waiting.Until(() => campaign.Word(successor, SavedAt) > saved, PeerCommand.Patience, "it writes");
        // The last step may have been saved and not yet counted.
        Assert.InRange(campaign.Word(successor, RestoredAt), saved, saved + 1);
        Assert.Equal(saved, campaign.Word(worker, SavedAt));
    }

    /// <summary>Whose answer to a heartbeat a line of Akka's log tells of; null where it is about something else.</summary>
    private static string? HeartbeatOf(string said) => said.IndexOf("heartbeat rsp from ", StringComparison.Ordinal) is >= 0 and var at ? said[at..] : null;

    /// <summary>Cuts the connections of the worker and the spare. For a while the broker calls neither, and what it has for them is lost.</summary>
    private static async Task CutAll(TestCampaign campaign)
    {
        campaign.Record(typeof(DisassociatedEvent));
        Cut(campaign);
        var lost = new HashSet<Address>();
        await campaign.Next<DisassociatedEvent>(disassociated => lost.Add(disassociated.RemoteAddress) && lost.Count == 2);
    }

    /// <summary>Has the connections of all workers end, as a network does it: the broker's sockets are shut down.</summary>
    private static void Cut(TestCampaign campaign)
    {
        const string Established = "01";
        var port = string.Create(CultureInfo.InvariantCulture, $":{CampaignRemoting.AddressOf(campaign.System).Port:X4}");
        // tcp and tcp6: sl local_address rem_address st tx_queue:rx_queue tr:tm->when retrnsmt uid timeout inode
        var sockets = Directory.EnumerateFiles("/proc/self/net", "tcp*").SelectMany(File.ReadLines).Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields[1].EndsWith(port, StringComparison.Ordinal) && fields[3] == Established).Select(fields => $"socket:[{fields[9]}]").ToHashSet();
        Assert.NotEmpty(sockets);
        // One may be closed already: its own side notices what was done to the first.
        foreach (var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd").Where(path => sockets.Contains(new FileInfo(path).LinkTarget ?? "")))
            _ = Shutdown(int.Parse(Path.GetFileName(descriptor), CultureInfo.InvariantCulture), SHUT_RDWR);
    }

    /// <summary>shutdown(2), beside the Socket that has the descriptor: a second one would set it to block.</summary>
    [LibraryImport("libc", EntryPoint = "shutdown")]
    private static partial int Shutdown(int socket, int how);

    /// <summary>As in /proc/PID/stat: T is stopped. Null where the process is gone.</summary>
    private static char? State(int pid) => ProcessTree.StateOf(pid);
}
