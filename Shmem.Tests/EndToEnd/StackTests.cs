using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary><c>--stack</c>: what is too deep for one stack is not for another.</summary>
public sealed class StackTests
{
    [Theory]
    [InlineData("256", 1, "stack-overflow Shmem.Tests.Targets.Recursing.Down")]
    [InlineData("65536", 0, "nothing happens")]
    public async Task A_deep_recursion_overflows_a_small_stack_and_returns_on_a_large_one(string kilobytes, int expected, string words)
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var input = folder.Write("input", "abcdefgh"u8);
        using var replay = await FuzzerProcess.RunAsync(folder.Root, "replay", input, "--stack", kilobytes,
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Recursing.Run");

        Assert.True(await replay.EndAsync() == expected, replay.Output + replay.Error);
        Assert.Equal(words, replay.Replayed(input)[input]);
    }
}
