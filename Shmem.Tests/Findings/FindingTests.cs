using System.Text;
using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Findings;

public sealed class FindingTests
{
    /// <summary>The first worker of the first slot: zeros that a serialiser may leave out, and then miss.</summary>
    [Fact]
    public void Zeros_are_read_as_they_were_written()
    {
        Assert.All(Enum.GetValues<FindingKind>(), kind =>
        {
            var finding = Sample(1) with { Kind = kind, Source = new FindingSource(0, 0, 0), ExitCode = 0 };
            Assert.Equal(Text(finding), Text(Finding.FromJson(finding.ToJson())!));
        });
    }

    [Fact]
    public void What_is_written_is_read() => Assert.Equal(Text(Sample(1)), Text(Finding.FromJson(Sample(1).ToJson())!));

    [Fact]
    public void Text_that_is_no_finding_is_refused()
    {
        var good = Text(Sample(1));
        string[] bad =
        [
            "", "null", "[]", "{}", new string('x', 200_000), good[..^1],
            good.Replace("\"key\":", "\"key\":null,\"k\":", StringComparison.Ordinal),
            good.Replace("\"StackOverflow\"", "99", StringComparison.Ordinal),
            good.Replace("\"frames\":[", "\"frames\":[null,", StringComparison.Ordinal),
            good.Replace("\"message\":\"m", "\"message\":\"\\ud800", StringComparison.Ordinal),
        ];

        Assert.All(bad, text => Assert.Null(Finding.FromJson(Encoding.UTF8.GetBytes(text))));
    }

    [Property]
    public bool Any_bytes_are_refused(byte[] bytes) => Finding.FromJson(bytes) is null;

    [Fact]
    public void Exactly_one_of_many_saves_a_key()
    {
        var known = new KnownFindings();
        var saved = 0;
        Parallel.For(0, 1000, i =>
        {
            if (known.TryAdd(Sample(i % 10)))
                Interlocked.Increment(ref saved);
        });

        Assert.Equal(10, saved);
        Assert.True(known.Contains(FindingKey.FromText(Sample(3).Key)!));
    }

    [Fact]
    public void A_campaign_that_goes_on_knows_what_it_saved()
    {
        var known = new KnownFindings([Sample(1).Key]);

        Assert.False(known.TryAdd(Sample(1)));
        Assert.True(known.TryAdd(Sample(2)));
    }

    [Fact]
    public void A_deep_stack_is_cut_to_fit()
    {
        var finding = Sample(1) with { Frames = [.. Enumerable.Range(0, 2000).Select(i => new FindingFrame($"Ns.Type.Method{i}", "/a/long/path/to/a/File.cs", i))] };

        var read = Finding.FromJson(finding.ToJson());
        Assert.NotEmpty(read!.Frames);
        Assert.Equal(finding.Frames.Take(read.Frames.Count), read.Frames);
    }

    private static Finding Sample(int number) => new()
    {
        Kind = FindingKind.StackOverflow,
        Key = $"stack-overflow Lib.A.Parse{number}",
        ExceptionType = "Lib.Bad",
        Message = "m \"quoted\" \u00fc \U0001F600",
        ExitCode = 134,
        Frames = [new FindingFrame("Lib.A.Parse", "/src/A.cs", 12, IsLibrary: true), new FindingFrame("User.Main")],
        Source = new FindingSource(1, 2, 3),
    };

    private static string Text(Finding finding) => Encoding.UTF8.GetString(finding.ToJson());
}
