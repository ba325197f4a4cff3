using System.Runtime.Versioning;
using System.Text.RegularExpressions;
using Shmem.Tests.Backends;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Reading the stacks of a process that hangs, as far as the system lets it.</summary>
[Trait("Needs", "Unix")]
[SupportedOSPlatform("linux")]
public sealed class PtraceTests
{
    // Yama (Documentation/admin-guide/LSM/Yama.rst) lets a process be read by its ancestors alone, and the reader is its sibling; a kernel without Yama is told all the same.
    [Fact]
    public async Task A_process_that_runs_inputs_alone_lets_its_parent_and_all_of_its_children_read_it()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var trace = Path.Combine(folder.Root, "trace");
        using var replay = FuzzerProcess.StartUnder([Require.Tool("strace"), "-f", "-o", trace, "-e", "trace=execve,prctl"], "", folder.Root,
            "replay", folder.Write("input", "hello"u8), "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.OddShapes.Loop");
        Assert.True(await replay.EndAsync() == 0, replay.Output + replay.Error);

        var lines = File.ReadAllLines(trace);
        var broker = lines[0].Split(' ')[0];
        Assert.Contains(lines, line => Regex.IsMatch(line, $"prctl\\(PR_SET_PTRACER, {broker}[,)]"));
    }

    [Fact]
    public async Task Where_stacks_cannot_be_read_a_hang_is_saved_and_the_user_is_told_once()
    {
        Require.Patience();
        using var refused = await RefusedCalls.Compile();
        using var folder = new CampaignFolder();
        using var fuzzer = FuzzerProcess.StartUnder(refused.Refuse(("ptrace", RefusedCalls.EPERM)), "", folder.Root, "fuzz", "-i", folder.Write("seed", "abcdefgh"u8),
            "-o", folder.Out, "--workers", "1", "-s", "1", "-V", "3600", "-t", "400", "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Slow.Run", "--instrument", "Shmem.Tests.Targets");
        await fuzzer.UntilAsync(status => status["hangs"] == "1");
        await fuzzer.Signal("INT");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.Equal("hang", Assert.Single(folder.Findings()).Key);
        Assert.Contains("stack", Assert.Single(fuzzer.Output.Split('\n'), line => line.StartsWith("warning ", StringComparison.Ordinal)), StringComparison.Ordinal);
    }
}
