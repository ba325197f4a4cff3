using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.Output;

public sealed class FindingsFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static FindingRecord Finding(string key) => new()
    {
        File = "crashes/id:000000",
        Kind = FindingKind.StackOverflow,
        Key = key,
        Message = "two\nlines",
        Frame = "N.T.M()",
        TimeMilliseconds = 12,
        Executions = 34,
    };

    [Fact]
    public void What_was_appended_is_read_in_order_one_line_each()
    {
        var file = new FindingsFile(_folder["findings.jsonl"]);
        file.Append(Finding("a"));
        file.Append(Finding("b"));
        Assert.Equal([Finding("a"), Finding("b")], new FindingsFile(_folder["findings.jsonl"]).ReadAll());
        Assert.Equal(2, File.ReadAllLines(_folder["findings.jsonl"]).Length);
        Assert.Contains("\"kind\":\"StackOverflow\"", File.ReadAllText(_folder["findings.jsonl"]));
    }

    [Fact]
    public void A_line_cut_by_a_kill_is_passed_over_and_does_not_spoil_the_next()
    {
        var file = new FindingsFile(_folder["findings.jsonl"]);
        file.Append(Finding("a"));
        File.AppendAllText(_folder["findings.jsonl"], "{\"file\":\"cra");
        file.Append(Finding("b"));
        Assert.Equal([Finding("a"), Finding("b")], file.ReadAll());
    }

    [Fact]
    public void No_file_is_no_findings() => Assert.Empty(new FindingsFile(_folder["none"]).ReadAll());
}
