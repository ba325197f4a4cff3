using System.Text;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Arrays that the memory limit does not let be.</summary>
public sealed class MemoryLimitTests
{
    // Of a limit of 256 MiB the runtime reserves 1280 MiB of address space unless it is told another range, and of an array between 1159 and 1220 MiB it then died.
    [Theory]
    [InlineData(20_000_000, 0, "nothing happens")]
    [InlineData(40_000_000, 1, "out-of-memory Shmem.Tests.Targets.Vast.Run")]
    [InlineData(152_067_510, 1, "out-of-memory Shmem.Tests.Targets.Vast.Run")]
    [InlineData(2_000_000_000, 1, "out-of-memory Shmem.Tests.Targets.Vast.Run")]
    public async Task An_array_of_any_size_beyond_the_limit_is_memory_that_ran_out(int length, int expected, string words)
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var (code, said) = await Replay(folder, [], length);
        Assert.Equal((expected, words), (code, said));
    }

    // There the larger range cannot be had.
    [Fact]
    public async Task A_limit_of_the_address_space_is_borne()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var (code, said) = await Replay(folder, [Require.Tool("prlimit"), "--as=64000000000"], 20_000_000);
        Assert.Equal((0, "nothing happens"), (code, said));
    }

    private static async Task<(int Code, string Said)> Replay(CampaignFolder folder, string[] wrapper, int length)
    {
        var input = folder.Write("input", Encoding.ASCII.GetBytes($"{length}"));
        using var replay = FuzzerProcess.StartUnder(wrapper, "", folder.Root, "replay", input, "-m", "256",
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Vast.Run");
        var code = await replay.EndAsync();
        return (code, code is 0 or 1 ? replay.Replayed(input)[input] : replay.Output + replay.Error);
    }
}
