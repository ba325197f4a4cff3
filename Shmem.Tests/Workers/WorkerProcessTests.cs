using System.Collections.Immutable;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Workers;

[Collection(Alone.Name)]
public sealed class WorkerProcessTests
{
    private static readonly ShMemDescription NoSegment = new(ShMemId.Parse("memfd:1.2.3"), 4096);

    [Fact]
    public async Task An_exit_is_told_with_its_code_and_what_was_said()
    {
        var exit = await Run(PeerCommand.Shell("echo 'not this'; echo 'no such library' >&2; exit 7"));
        Assert.Equal(new WorkerExit(7, WorkerExitCause.Own, null, "no such library\n"), exit);
        Assert.Null(exit.Signal);
        Assert.Equal("exited with code 7", exit.Describe());
    }

    [Fact]
    public async Task A_signal_is_told_by_its_name()
    {
        var exit = await Run(PeerCommand.Shell("kill -ABRT $$"));
        Assert.Equal((6, WorkerExitCause.Own, "killed by SIGABRT"), (exit.Signal, exit.Cause, exit.Describe()));
    }

    [Fact]
    public async Task Somebody_else_s_SIGKILL_is_not_ours()
    {
        var exit = await Run(PeerCommand.Shell("kill -KILL $$"));
        Assert.Equal((9, WorkerExitCause.Own, (string?)null), (exit.Signal, exit.Cause, exit.KilledFor));
    }

    [Fact]
    public async Task A_process_that_closes_its_input_unread_is_followed_to_its_end()
    {
        var exit = await Run(PeerCommand.Shell("exec <&-; exit 4"), payload: new byte[WorkerBootstrap.LargestSize - 200]);
        Assert.Equal(4, exit.ExitCode);
    }

    [Fact]
    public async Task The_heap_limit_is_given_in_hexadecimal()
    {
        var launch = new WorkerLaunch(PeerCommand.Shell("echo $DOTNET_GCHeapHardLimit $DOTNET_GCRegionRange $DOTNET_TieredPGO $DOTNET_ReadyToRun. >&2"))
        {
            HeapLimit = 256 << 20,
            RuntimeSettings = ImmutableDictionary<string, string>.Empty.Add("DOTNET_TieredPGO", "1"),
        };
        Assert.Equal("10000000 4000000000 1 .\n", (await Run(launch)).Stderr);
    }

    [Theory]
    [InlineData(null, "0")]
    [InlineData("1", "1")]
    public void A_worker_has_sockets_for_debuggers_only_if_asked_for(string? asked, string expected)
    {
        // Of what it is started with: the tests' own processes have none whatever is asked for.
        var launch = new WorkerLaunch(PeerCommand.Shell("true"));
        if (asked is not null) launch = launch with { RuntimeSettings = launch.RuntimeSettings.Add(QuietRuntime.Variable, asked) };
        Assert.Equal(expected, Assert.Single(launch.Environment(), setting => setting.Key == QuietRuntime.Variable).Value);
    }

    [Fact]
    public async Task A_stopped_process_is_killed_for_the_first_reason_given()
    {
        using var process = Start(PeerCommand.Shell("kill -STOP $$"));
        process.Kill("a hang");
        process.Kill("something else");
        var exit = await process.Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((WorkerExitCause.Killed, "a hang", "killed: a hang"), (exit.Cause, exit.KilledFor, exit.Describe()));
        process.Kill("it is gone");
    }

    [Theory]
    [InlineData(true, WorkerExitCause.TimedOut)]
    [InlineData(false, WorkerExitCause.Killed)]
    public async Task Who_kills_says_whether_its_time_was_over_and_the_first_word_counts(bool isTimeOut, WorkerExitCause cause)
    {
        using var process = Start(PeerCommand.Shell("kill -STOP $$"));
        process.Kill("a hang", isTimeOut);
        process.Kill("something else", !isTimeOut);
        var exit = await process.Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
        Assert.Equal((cause, "a hang", "killed: a hang", (string?)null), (exit.Cause, exit.KilledFor, exit.Describe(), exit.Kind));
    }

    [Fact]
    public async Task A_pid_with_another_start_time_is_not_signalled()
    {
        using var process = Start(PeerCommand.Shell("sleep 0.3; exit 5"));
        ProcessGroup.Kill(process.Holder.Pid, process.Holder.KernelStartTime + 1);
        Assert.Equal(5, (await process.Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken)).ExitCode);
    }

    // "Killed for certain": who is killed once is waited for, and not killed again.
    [Fact]
    public async Task A_stopped_process_is_killed_by_one_that_has_no_descriptor_left()
    {
        await using var peer = await PeerSession.Start([Require.Tool("prlimit"), "--nofile=100:100"], ["death-watch"], null);
        // Once before, for what the runtime loads when a child ends.
        foreach (var isShort in (bool[])[false, true])
        {
            var end = await peer.Ask($"start-stopped");
            if (isShort) await peer.Ask($"fill-descriptors 0");
            await peer.Ask($"kill");
            using var limit = new CancellationTokenSource(PeerCommand.Patience);
            while (await peer.Ask($"has-ended {end}") == "False") await Task.Delay(10, limit.Token);
            Assert.Equal("True", await peer.Ask($"has-ended {end}"));
            await peer.Ask($"free-descriptors");
        }
    }

    [Fact]
    public async Task What_a_process_started_dies_with_it()
    {
        var exit = await Run(PeerCommand.LeadingShell("sleep 600 & echo $! >&2; exit 3"));
        var grandchild = int.Parse(exit.Stderr);
        await Waiting.Until(() => !PeerCommand.Lives(grandchild), PeerCommand.Patience, "the grandchild is gone");
    }

    [Fact]
    public async Task A_grandchild_in_another_session_that_holds_stderr_does_not_hold_up_the_exit()
    {
        using var folder = new TemporaryFolder();
        var told = folder["told"];
        var exit = await Run(PeerCommand.Shell($"setsid sh -c 'echo $$ >&2; : > {told}; exec sleep 600' & while ! [ -e {told} ]; do sleep 0.05; done; exit 3"));
        var grandchild = int.Parse(exit.Stderr);
        Assert.True(PeerCommand.Lives(grandchild));
        ProcessGroup.Kill(grandchild, KernelStartTime.Of(grandchild));
    }

    [Fact]
    public void A_program_that_is_not_there_is_refused() =>
        Assert.Throws<System.ComponentModel.Win32Exception>(() => Start(new WorkerCommand("/no/such/program", [])));

    [Fact]
    public async Task Fifty_starts_leave_no_descriptor()
    {
        await Run(PeerCommand.Shell("exit 0"));
        var before = Pipes();
        for (var start = 0; start < 50; start++) await Run(PeerCommand.Shell(start % 2 == 0 ? "echo a; echo b >&2" : "kill -KILL $$"));
        // Others of this process may have closed theirs meanwhile; one that is left by each start would be seen.
        Assert.True(Pipes() < before + 50, $"{before} pipes before, {Pipes()} after");
    }

    [Fact]
    public async Task A_process_that_joins_no_campaign_answers_in_its_segment()
    {
        using var segment = new StdShMemProvider().Create(4096);
        using var process = WorkerProcess.Start(new WorkerLaunch(PeerCommand.Of("worker", "serve")),
            new WorkerBootstrap(9, "", default, segment.Description, new byte[] { 123 }));
        var exit = await process.Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
        Assert.Equal(new WorkerExit(0, WorkerExitCause.Own, null, ""), exit);
        Assert.Equal(123, segment.Ref<long>(0));
    }

    private static WorkerProcess Start(WorkerCommand command, ReadOnlyMemory<byte> payload = default) =>
        WorkerProcess.Start(new WorkerLaunch(command), new WorkerBootstrap(1, "", default, NoSegment, payload));

    private static Task<WorkerExit> Run(WorkerCommand command, ReadOnlyMemory<byte> payload = default) =>
        Start(command, payload).Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);

    private static Task<WorkerExit> Run(WorkerLaunch launch) =>
        WorkerProcess.Start(launch, new WorkerBootstrap(1, "", default, NoSegment, default)).Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);

    private static int Pipes() => Directory.EnumerateFiles("/proc/self/fd")
        .Count(descriptor => new FileInfo(descriptor).LinkTarget?.StartsWith("pipe:", StringComparison.Ordinal) == true);
}
