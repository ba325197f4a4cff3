using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Sample.Fuzzer.Commands;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Every way in which a campaign or one of its processes is ended from outside.</summary>
[SupportedOSPlatform("linux")]
public sealed class CampaignEndTests
{
    /// <summary>What was there before: a killed process of the same number, long ago, may have left such a file.</summary>
    private readonly HashSet<string> _stale = [.. Directory.EnumerateFiles(Path.GetTempPath())];

    [Fact]
    public async Task Ctrl_C_saves_everything_and_leaves_nothing()
    {
        using var folder = new CampaignFolder();
        var before = new Leftovers(folder);
        using var fuzzer = Start(folder);
        var status = await fuzzer.UntilAsync(s => Number(s, "execs") > 2000 && Number(s, "corpus") > 3);

        await fuzzer.Signal("INT");

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.True(folder.Saved("queue").Count >= Number(status, "corpus"));
        Assert.Equal(folder.Saved("queue").Count, int.Parse(folder.Stats()["corpus_count"], CultureInfo.InvariantCulture));
        Assert.Empty(before.Since());
    }

    [Fact]
    public async Task A_killed_worker_is_replaced_and_the_campaign_goes_on()
    {
        using var folder = new CampaignFolder();
        var before = new Leftovers(folder);
        using var fuzzer = Start(folder);
        var status = await fuzzer.UntilAsync(s => Number(s, "execs") > 2000);
        var (deaths, executions) = (Number(status, "deaths"), Number(status, "execs"));

        var workers = fuzzer.Children();
        foreach (var worker in workers) await Tool.Run("sh", "-c", $"kill -9 {worker} || true");

        await fuzzer.UntilAsync(s => Number(s, "deaths") > deaths && Number(s, "execs") > executions + 2000);
        Assert.Empty(SocketsOf(workers));
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Empty(before.Since());
    }

    [Fact]
    public async Task A_campaign_that_cannot_save_a_crash_ends_and_says_so()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "hello"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "-m", "128", "--plain", "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Ends.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(s => s["stage"].StartsWith("fuzzing", StringComparison.Ordinal));

        Directory.Delete(Path.Combine(folder.Out, "crashes"), recursive: true);

        Assert.True(await fuzzer.EndAsync() == 3, fuzzer.Output + fuzzer.Error);
        Assert.Contains(Path.Combine(folder.Out, "crashes"), fuzzer.Error, StringComparison.Ordinal);
        var last = FuzzerProcess.Fields(fuzzer.Output.Split('\n').Last(line => line.StartsWith("time=", StringComparison.Ordinal)));
        Assert.Equal("ended", last["stage"]);
        Assert.Equal(last["execs"], folder.Stats()["execs_done"]);
        Assert.Empty(folder.Processes());
    }

    [Fact]
    public async Task What_is_judged_at_the_end_is_shown_while_it_is()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var gate = Path.Combine(folder.Root, "gate");
        // The time limit is longer than any machine is slow.
        using var fuzzer = FuzzerProcess.StartUnder(["env", $"SHMEM_TEST_GATE={gate}"], "", folder.Root, "fuzz", "-i", folder.Write("seed", "go"u8), "-o", folder.Out,
            "--workers", "1", "-s", "1", "-V", "3600", "-t", "600000", "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Gated.Run", "--instrument", "Shmem.Tests.Targets");
        await Waiting.Until(() => fuzzer.HasEnded || Directory.Exists(gate + ".queue"), FuzzerProcess.Limit, "an input waits at the gate");
        foreach (var worker in fuzzer.Children()) await Tool.Run("sh", "-c", $"kill -9 {worker} || true");
        await fuzzer.UntilAsync(s => s["stage"].StartsWith("fuzzing,-judging-", StringComparison.Ordinal));

        await fuzzer.Signal("INT");
        var status = await fuzzer.UntilAsync(s => s["stage"].StartsWith("stopping,-judging-", StringComparison.Ordinal));
        await fuzzer.UntilAsync(s => s["stage"].StartsWith("stopping,-judging-", StringComparison.Ordinal) && Number(s, "time") > Number(status, "time") + 1);
        File.WriteAllText(gate, "");

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Contains("stage=ended", fuzzer.Output, StringComparison.Ordinal);
    }

    // As of a process that is held in the kernel: who is traced is gone for its parent only when its tracer has been told, and that one is stopped.
    [Fact]
    public async Task A_process_that_does_not_end_although_it_is_killed_keeps_no_campaign()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var gate = Path.Combine(folder.Root, "gate");
        using var fuzzer = FuzzerProcess.StartUnder(["env", $"SHMEM_TEST_GATE={gate}"], "", folder.Root, "fuzz", "-i", folder.Write("seed", "wait"u8), "-o", folder.Out,
            "--workers", "1", "-V", "3600", "-t", "600000", "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Gated.Run", "--instrument", "Shmem.Tests.Targets");
        await Waiting.Until(() => fuzzer.HasEnded || Directory.Exists(gate + ".queue"), FuzzerProcess.Limit, "the seed waits at the gate");
        var held = Assert.Single(fuzzer.Children());
        using var tracer = System.Diagnostics.Process.Start(Require.Tool("strace"), ["-q", "-o", "/dev/null", "-e", "trace=none", "-p", $"{held}"]);
        try
        {
            await Waiting.Until(() => tracer.HasExited || IsTraced(held), ProcessTree.Patience, "strace has attached");
            Assert.Equal(0, LibcProcess.Kill(tracer.Id, 19 /* SIGSTOP */));
            await Waiting.Until(() => ProcessTree.IsStopped(tracer.Id), ProcessTree.Patience, "strace is stopped");

            await fuzzer.Signal("INT");

            Assert.True(await fuzzer.EndAsync() == ExitCodes.Interrupted, fuzzer.Output + fuzzer.Error);
            Assert.True(IsTraced(held), "it has ended");
        }
        finally
        {
            tracer.Kill();
        }
    }

    [Fact]
    public async Task A_verdict_that_ends_before_it_has_run_anything_is_no_finding()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", folder.Write("seed", "hello"u8), "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600",
            "--plain", "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.OddShapes.Loop", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(s => Number(s, "execs") > 1000 && fuzzer.Children().Count == 2);
        Directory.Delete(Path.Combine(folder.Root, "cache"), recursive: true);
        foreach (var worker in fuzzer.Children()) await Tool.Run("sh", "-c", $"kill -9 {worker} || true");

        // No process can load the target any more, those that judge no more than the workers.
        Assert.True(await fuzzer.EndAsync() == 3, fuzzer.Output + fuzzer.Error);
        Assert.Empty(folder.Findings());
        Assert.NotEmpty(folder.Saved("unreproduced"));
        Assert.Empty(folder.Processes());
    }

    [Theory]
    [InlineData("memfd")]
    [InlineData("sysv")]
    public async Task A_killed_broker_takes_its_workers_along_and_leaves_nothing(string backend)
    {
        if (backend != "memfd") Require.Patience();
        using var folder = new CampaignFolder();
        var before = new Leftovers(folder);
        using var fuzzer = Start(folder, backend);
        await fuzzer.UntilAsync(s => Number(s, "execs") > 1000);
        var children = fuzzer.Children();
        Assert.NotEmpty(children);

        await fuzzer.Signal("KILL");
        await fuzzer.EndAsync();

        Assert.Empty(before.Since());
        Assert.Empty(ProcessTree.AliveAfterKill(children));
        Assert.Empty(SocketsOf(children.Append(fuzzer.Pid)));
    }

    [Fact]
    public async Task A_killed_campaign_has_saved_what_it_acknowledged_and_goes_on_where_it_was()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using (var killed = Start(folder, "posix"))
        {
            await killed.UntilAsync(s => Number(s, "corpus") > 10);
            using var entries = new AcknowledgedEntries(killed.Pid);
            entries.UntilOneMore();
            // Now: whoever acknowledged before the entry was saved would lose it.
            Assert.Equal(0, LibcProcess.Kill(killed.Pid, LibcProcess.SIGKILL));
            await killed.EndAsync();
            Assert.Subset(TestCases(folder, "queue"), entries.TestCases());
            AssertSaved(folder, entries.Findings());
        }

        var acknowledged = folder.Saved("queue");
        using var fuzzer = FuzzerProcess.Start(folder.Root, "fuzz", "-i", "-", "-o", folder.Out, "--workers", "1", "--plain");
        await fuzzer.UntilAsync(s => Number(s, "execs") > 1000 && Number(s, "corpus") >= acknowledged.Count);
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Subset(folder.Saved("queue").ToHashSet(), acknowledged.ToHashSet());
    }

    [Fact]
    public async Task A_campaign_that_cannot_save_an_entry_ends_and_has_not_acknowledged_it()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = Start(folder, "posix");
        await fuzzer.UntilAsync(s => Number(s, "corpus") > 10);
        using var entries = new AcknowledgedEntries(fuzzer.Pid);

        Directory.Move(Path.Combine(folder.Out, "queue"), Path.Combine(folder.Out, "moved"));

        Assert.True(await fuzzer.EndAsync() == 3, fuzzer.Output + fuzzer.Error);
        Assert.Contains(Path.Combine(folder.Out, "queue"), fuzzer.Error, StringComparison.Ordinal);
        // What it came to is told all the same.
        Assert.Matches("the demonstration library: [0-9,]+ executions in .*\n(.*\n)*Everything is in out\n", fuzzer.Output);
        Assert.Subset(TestCases(folder, "moved"), entries.TestCases());
    }

    /// <summary>
    /// One file is saved of each key, which is known only when the input has been run again: where memory ran out, and where a young process has another topmost frame. What
    /// does not do it again is unreproduced.
    /// </summary>
    private static void AssertSaved(CampaignFolder folder, IReadOnlyList<(Finding Finding, string TestCase)> findings)
    {
        var ways = folder.Findings().Select(line => (line.Kind, line.Exception)).ToHashSet();
        var unreproduced = TestCases(folder, "unreproduced");
        Assert.All(findings, saved => Assert.True(ways.Contains((saved.Finding.Kind, saved.Finding.ExceptionType)) || unreproduced.Contains(saved.TestCase), saved.Finding.Key));
    }

    /// <summary>What a room's files hold, in hexadecimal digits.</summary>
    private static HashSet<string> TestCases(CampaignFolder folder, string room) => [.. folder.Saved(room).Select(file => Convert.ToHexString(File.ReadAllBytes(file)))];

    private static bool IsTraced(int pid) => File.Exists($"/proc/{pid}/status") && !File.ReadAllText($"/proc/{pid}/status").Contains("TracerPid:\t0\n", StringComparison.Ordinal);

    private IEnumerable<string> SocketsOf(IEnumerable<int> processes) => processes.SelectMany(RuntimeSockets.Of).Except(_stale);

    private static FuzzerProcess Start(CampaignFolder folder, string backend = "") => FuzzerProcess.StartOn(backend, folder.Root,
        "fuzz", "-o", folder.Out, "--workers", "2", "-s", "7", "-m", "256", "-V", "3600", "--plain");

    private static long Number(IReadOnlyDictionary<string, string> status, string key) => long.Parse(status[key], CultureInfo.InvariantCulture);
}
