using System.Text;
using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Findings;

public sealed class SavedFindingTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("shmem-findings-").FullName;

    private string Path => System.IO.Path.Combine(_folder, "findings.jsonl");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_appended_is_read()
    {
        using (var file = FindingsFile.Open(Path))
        {
            file.Append(Sample(1));
            file.Append(Sample(2));
        }

        AssertSame([Sample(1), Sample(2)], FindingsFile.Read(Path));
    }

    [Fact]
    public void A_torn_last_line_loses_only_itself()
    {
        using (var file = FindingsFile.Open(Path))
        {
            file.Append(Sample(1));
            file.Append(Sample(2));
        }

        var whole = File.ReadAllBytes(Path);
        var firstLine = Array.IndexOf(whole, (byte)'\n') + 1;
        for (var length = firstLine; length < whole.Length - 1; length++)
        {
            File.WriteAllBytes(Path, whole[..length]);
            AssertSame([Sample(1)], FindingsFile.Read(Path));

            using (var file = FindingsFile.Open(Path))
                file.Append(Sample(3));
            AssertSame([Sample(1), Sample(3)], FindingsFile.Read(Path));
        }
    }

    [Fact]
    public void Lines_that_are_no_findings_are_passed_over()
    {
        var good = Encoding.UTF8.GetString(Sample(1).ToJson());
        File.WriteAllLines(Path,
        [
            "", "null", "[]", "{}", new string('x', 200_000),
            good.Replace("\"key\":", "\"key\":null,\"k\":", StringComparison.Ordinal),
            good.Replace("\"StackOverflow\"", "99", StringComparison.Ordinal),
            good.Replace("\"frames\":[", "\"frames\":[null,", StringComparison.Ordinal),
            good.Replace("\"message\":\"m", "\"message\":\"\\ud800", StringComparison.Ordinal),
            good,
        ]);

        AssertSame([Sample(1)], FindingsFile.Read(Path));
    }

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

        Assert.Equal((10, 10), (saved, known.Total));
        Assert.Equal(100, known.Count(FindingKey.FromText(Sample(3).Key)!));
    }

    [Fact]
    public void A_campaign_that_goes_on_knows_what_it_saved()
    {
        using (var file = FindingsFile.Open(Path))
            file.Append(Sample(1));

        var known = KnownFindings.Load(Path);

        Assert.False(known.TryAdd(Sample(1)));
        Assert.True(known.TryAdd(Sample(2)));
        Assert.Equal(0, KnownFindings.Load(Path + ".none").Total);
    }

    [Property]
    public bool A_payload_gives_back_finding_and_input(byte[] input) =>
        FindingPayload.TryRead(FindingPayload.Write(Sample(1), input), out var finding, out var read)
        && read.SequenceEqual(input)
        && finding!.ToJson().AsSpan().SequenceEqual(Sample(1).ToJson());

    [Property]
    public bool A_cut_or_changed_payload_never_throws_and_gives_only_findings_with_a_key(byte[] input, int cut, int at, byte value)
    {
        var payload = FindingPayload.Write(Sample(1), input);
        payload[(int)((uint)at % payload.Length)] ^= value;
        return !FindingPayload.TryRead(payload.AsSpan(0, (int)((uint)cut % (payload.Length + 1))), out var finding, out _)
            || FindingKey.FromText(finding!.Key) is not null;
    }

    [Property]
    public bool Any_bytes_as_payload_are_refused(byte[] bytes) => !FindingPayload.TryRead(bytes, out _, out _);

    [Fact]
    public void A_deep_stack_is_cut_to_fit_a_header()
    {
        var finding = Sample(1) with { Frames = [.. Enumerable.Range(0, 2000).Select(i => new FindingFrame($"Ns.Type.Method{i}", "/a/long/path/to/a/File.cs", i))] };

        Assert.True(FindingPayload.TryRead(FindingPayload.Write(finding, [1, 2]), out var read, out _));
        Assert.NotEmpty(read!.Frames);
        Assert.Equal(finding.Frames.Take(read.Frames.Count), read.Frames);
    }

    [Fact]
    public void An_input_beyond_the_limit_is_refused_both_ways()
    {
        Assert.Throws<ArgumentException>(() => FindingPayload.Write(Sample(1), new byte[FindingPayload.MaxInput + 1]));
        byte[] payload = [.. FindingPayload.Write(Sample(1), new byte[FindingPayload.MaxInput]), 0];
        Assert.False(FindingPayload.TryRead(payload, out _, out _));
        Assert.True(FindingPayload.TryRead(payload.AsSpan(0, payload.Length - 1), out _, out _));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(70_000)]
    [InlineData(3_000_000)]
    public void A_capture_keeps_head_and_tail(int piece)
    {
        var capture = new StderrCapture();
        var text = string.Concat(Enumerable.Range(0, 300_000).Select(i => $"line {i}\n"));
        var bytes = Encoding.UTF8.GetBytes(text);
        for (var at = 0; at < bytes.Length; at += piece)
            capture.Append(bytes.AsSpan(at, Math.Min(piece, bytes.Length - at)));

        var kept = capture.ToString();

        var parts = kept.Split(" bytes left out]\n");
        Assert.StartsWith(parts[0][..(parts[0].LastIndexOf('[') - 1)], text, StringComparison.Ordinal);
        Assert.EndsWith("\n" + parts[1], text, StringComparison.Ordinal);
        Assert.InRange(kept.Length, 2 * StderrCapture.PartSize - 100, 2 * StderrCapture.PartSize + 100);
    }

    [Theory]
    [InlineData(10)]
    [InlineData(StderrCapture.PartSize)]
    [InlineData(2 * StderrCapture.PartSize)]
    public void A_capture_of_what_fits_is_whole(int length)
    {
        var capture = new StderrCapture();
        var text = string.Concat(Enumerable.Range(0, length).Select(i => (char)('a' + i % 26)));
        capture.Append(Encoding.UTF8.GetBytes(text));

        Assert.Equal(text, capture.ToString());
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
        Executions = 1L << 40,
        TimeMs = 1234,
        ParentEntry = 7,
        Op = "havoc",
    };

    private static void AssertSame(IEnumerable<Finding> expected, IEnumerable<Finding> actual) =>
        Assert.Equal(expected.Select(finding => Encoding.UTF8.GetString(finding.ToJson())), actual.Select(finding => Encoding.UTF8.GetString(finding.ToJson())));
}
