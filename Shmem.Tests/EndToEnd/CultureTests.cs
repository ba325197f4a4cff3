using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Our own programs do without the world's cultures; a target may not.</summary>
public sealed class CultureTests
{
    private static readonly EnumerationOptions Everywhere = new() { RecurseSubdirectories = true, IgnoreInaccessible = true };

    [Theory]
    [InlineData(new[] { "-u", "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT" }, 0, "nothing happens")]
    // Who says so wants none.
    [InlineData(new[] { "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT=1" }, 1, "exception Shmem.Tests.Targets.Cultured.Run")]
    public async Task A_target_has_the_cultures_that_it_has_without_a_fuzzer(string[] environment, int expected, string words)
    {
        Require.Patience();
        Require.That(!OperatingSystem.IsLinux() || Directory.EnumerateFiles("/usr/lib", "libicuuc.so.*", Everywhere).Any(), "ICU");
        using var folder = new CampaignFolder();
        var input = folder.Write("input", "abcdefgh"u8);

        using var replay = FuzzerProcess.StartUnder(["env", .. environment], "", folder.Root, "replay", input,
            "--assembly", Targets.TestTargets.Odd, "--method", "Shmem.Tests.Targets.Cultured.Run");

        Assert.True(await replay.EndAsync() == expected, replay.Output + replay.Error);
        Assert.Equal(words, replay.Replayed(input)[input]);
    }
}
