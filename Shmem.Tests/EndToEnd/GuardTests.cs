using System.Globalization;
using System.Runtime.Versioning;
using System.Text;
using System.Text.Json;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Inputs that end, or begin, at a page that may not be touched: a target that leaves its input by one byte is found, and replays.</summary>
public sealed class GuardTests
{
    [Theory]
    [InlineData("After", "over")]
    [InlineData("Before", "under")]
    public async Task A_read_of_one_byte_outside_the_input_is_found_with_the_option(string method, string guard)
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, [.. Command(folder, method), "-E", "5000000", "--guard", guard]);
        await fuzzer.UntilAsync(_ => folder.Saved("crashes").Count > 0);
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        // One bug is one finding, with the input that made it.
        var crash = Assert.Single(folder.Saved("crashes"));
        Assert.Equal((byte)'x', File.ReadAllBytes(crash)[1]);
        var finding = JsonDocument.Parse(File.ReadLines(Path.Combine(folder.Out, "findings.jsonl")).First()).RootElement;
        Assert.Equal("AccessViolation", finding.GetProperty("kind").GetString());
        Assert.Contains("OffByOne", finding.GetProperty("key").GetString());

        // The campaign's folder says how it was placed.
        using (var replay = await FuzzerProcess.RunAsync(folder.Root, "replay", crash))
            Assert.True(await replay.EndAsync() == 1, replay.Output + replay.Error);
        using (var unguarded = await FuzzerProcess.RunAsync(folder.Root, "replay", crash, "--guard", "none"))
            Assert.True(await unguarded.EndAsync() == 0, unguarded.Output + unguarded.Error);
        Assert.Empty(folder.Processes());
    }

    [Fact]
    public async Task Without_the_option_it_is_not_seen()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.Start(folder.Root, [.. Command(folder, "After"), "-V", "3600"]);
        // The branch that reads too far was taken: it is in the queue.
        await fuzzer.UntilAsync(_ => folder.Saved("queue").Any(file => File.ReadAllBytes(file) is [_, (byte)'x', ..]));
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Empty(folder.Saved("crashes"));
    }

    // Each execution's input is copied to where it ends at the guarded page, which stays where it is.
    [Fact]
    [SupportedOSPlatform("linux")]
    public async Task An_execution_takes_no_system_call_for_its_guard()
    {
        Require.Patience();
        var few = await SystemCalls(100_000);
        var many = await SystemCalls(1_100_000);
        var executions = many.Executions - few.Executions;
        Assert.InRange(executions, 900_000, long.MaxValue);
        // What a campaign takes to collect and to compile is far less than one in ten: some thousands.
        Assert.InRange(many.Calls - few.Calls, long.MinValue, executions / 10);
    }

    /// <summary>Runs a campaign that is guarded and finds nothing; counts the executions and, of all its processes, the system calls on memory.</summary>
    private static async Task<(long Executions, long Calls)> SystemCalls(int executions)
    {
        using var folder = new CampaignFolder();
        var counts = Path.Combine(folder.Root, "counts");
        using var fuzzer = FuzzerProcess.StartUnder([Require.Tool("strace"), "-f", "--seccomp-bpf", "-c", "-U", "calls,name", "-qq", "-o", counts,
            // Those that a guard takes. Of others a slow machine's clocks, and threads that wait for each other, make any number.
            "-e", "trace=%memory"], "", folder.Root,
            [.. Command(folder, "Within"), "-E", $"{executions}", "--guard", "over"]);
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        // strace(1), -c: the last line has the sums.
        var sums = File.ReadLines(counts).Last().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("total", sums[^1]);
        return (long.Parse(folder.Stats()["execs_done"], CultureInfo.InvariantCulture), long.Parse(sums[0], CultureInfo.InvariantCulture));
    }

    private static string[] Command(CampaignFolder folder, string method)
    {
        var seeds = Directory.CreateDirectory(Path.Combine(folder.Root, "seeds")).FullName;
        File.WriteAllBytes(Path.Combine(seeds, "seed"), Encoding.ASCII.GetBytes("abcdefgh"));
        return ["fuzz", "-i", seeds, "-o", folder.Out, "--workers", "1", "-s", "1", "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", $"Shmem.Tests.Targets.OffByOne.{method}", "--instrument", "Shmem.Tests.Targets"];
    }
}
