using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Commands;
using Xunit;

namespace Shmem.Tests.Commands;

public sealed class SuggestionTests
{
    private static readonly string[] s_names = ["fuzz", "replay", "doctor", "--workers", "--expect", "-t", "--clean"];

    [Theory]
    [InlineData("fuz", "fuzz")]
    [InlineData("repaly", "replay")]
    [InlineData("--Workers", "--workers")]
    [InlineData("workers", "--workers")]
    [InlineData("-expect", "--expect")]
    public void A_near_name_is_suggested(string typed, string name) => Assert.Equal(name, Suggestion.Nearest(typed, s_names));

    [Theory]
    [InlineData("-q")]
    [InlineData("frobnicate")]
    [InlineData("")]
    public void Nothing_near_is_no_suggestion(string typed) => Assert.Null(Suggestion.Nearest(typed, s_names));

    [Property]
    public void Slips_are_symmetric_and_none_for_the_same_text(string? a, string? b)
    {
        a ??= "";
        b ??= "";
        Assert.Equal(0, Suggestion.Slips(a, a));
        Assert.Equal(Suggestion.Slips(a, b), Suggestion.Slips(b, a));
        Assert.True(Suggestion.Slips(a, b) <= Math.Max(a.Length, b.Length));
    }
}
