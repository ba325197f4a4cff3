using System.Globalization;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>An entry that a worker has found and every new process dies of, as of a recursion for which only optimised code has the stack.</summary>
public sealed class YoungProcessTests
{
    private const int Executions = 200_000;

    [Fact]
    public async Task An_entry_that_kills_young_processes_does_not_kill_each_successor()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using var fuzzer = await FuzzerProcess.RunAsync(folder.Root, "fuzz", "-i", folder.Write("seed", "abcdefgh"u8), "-o", folder.Out, "--workers", "1", "-s", "1",
            "-V", "3600", "-E", Executions.ToString(CultureInfo.InvariantCulture), "--plain",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Young.Run", "--instrument", "Shmem.Tests.Targets");
        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);

        Assert.True(long.Parse(folder.Stats()["execs_done"], CultureInfo.InvariantCulture) >= Executions, fuzzer.Output);
        Assert.Contains(folder.Saved("queue"), file => File.ReadAllBytes(file) is [(byte)'k', (byte)'l', ..]);
    }
}
