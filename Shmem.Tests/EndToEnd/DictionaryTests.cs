using System.Globalization;
using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary><c>-x</c>: a campaign reads the user's dictionary once.</summary>
public sealed class DictionaryTests
{
    private const string Tokens = "one=\"IHDR\"\ntwo=\"\\x00\\x01\"\n";

    // As a user's editor leaves it for a moment, or a user for an hour.
    [Fact]
    public async Task A_dictionary_that_is_being_changed_ends_no_worker()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        var dictionary = folder.Write("tokens", System.Text.Encoding.ASCII.GetBytes(Tokens));
        using var fuzzer = Start(folder, [], "-x", dictionary);
        var before = await fuzzer.UntilAsync(s => Number(s, "execs") > 1000);

        File.WriteAllText(dictionary, "one=\"IHD");
        foreach (var worker in fuzzer.Children()) await Tool.Run("sh", "-c", $"kill -9 {worker} || true");
        await fuzzer.UntilAsync(s => Number(s, "deaths") > Number(before, "deaths") && Number(s, "execs") > Number(before, "execs") + 1000);
        await fuzzer.Signal("INT");

        Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.DoesNotContain("gave up", fuzzer.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_dictionary_may_be_a_pipe_and_a_campaign_goes_on_with_it()
    {
        Require.Patience();
        using var folder = new CampaignFolder();
        using (var fuzzer = Start(folder, [Require.Tool("bash"), "-c", "exec \"$@\" -x <(printf %s \"$TOKENS\")", "bash"], "-E", "1000"))
            Assert.True(await fuzzer.EndAsync() == 0, fuzzer.Output + fuzzer.Error);
        Assert.Equal(Tokens, File.ReadAllText(Path.Combine(folder.Out, ".dictionary")));

        using var again = FuzzerProcess.Start(folder.Root, "fuzz", "-i", "-", "-o", folder.Out, "--workers", "1", "-E", "1000", "--plain");
        Assert.True(await again.EndAsync() == 0, again.Output + again.Error);
        Assert.Equal(Tokens, File.ReadAllText(Path.Combine(folder.Out, ".dictionary")));
    }

    private static FuzzerProcess Start(CampaignFolder folder, string[] shell, params string[] options) => FuzzerProcess.StartUnder(["env", $"TOKENS={Tokens}", .. shell], "",
        folder.Root, ["fuzz", "-o", folder.Out, "--workers", "1", "-s", "7", "-m", "256", "-V", "3600", "--plain", .. options]);

    private static long Number(IReadOnlyDictionary<string, string> status, string key) => long.Parse(status[key], CultureInfo.InvariantCulture);
}
