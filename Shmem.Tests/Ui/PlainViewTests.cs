using System.Text.Json;
using Shmem.Sample.Fuzzer.Ui;
using Xunit;

namespace Shmem.Tests.Ui;

public sealed class PlainViewTests : IDisposable
{
    private readonly StringWriter _output = new() { NewLine = "\n" };

    public void Dispose() => _output.Dispose();

    private string[] Lines => _output.ToString().TrimEnd('\n').Split('\n');

    [Fact]
    public void A_snapshot_is_one_line_of_stable_keys()
    {
        new PlainView(_output).Show(Snapshots.Running with { Findings = [] });
        Assert.Equal(["time=75 execs=9000100 rate=150000 edges=120/480 corpus=33 crashes=1 hangs=1 unreproduced=2 known=7 deaths=5 workers=1/2 last_find=3 last_crash=- stage=dry-run"], Lines);
    }

    [Fact]
    public void Workers_are_those_that_run_of_those_that_are_wanted()
    {
        var running = Snapshots.Running.Workers[0];
        Assert.Contains(" workers=1/2 ", PlainView.Line(Snapshots.Running with { Workers = [running] }), StringComparison.Ordinal);
        Assert.Contains(" workers=1/2 ", PlainView.Line(Snapshots.Running with { Workers = [running, running with { State = "parked" }, Snapshots.Running.Workers[1]] }),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Each_finding_and_warning_is_told_once()
    {
        using var view = new PlainView(_output);
        view.Show(Snapshots.Running with { Warnings = ["one"] });
        view.Show(Snapshots.Running with { Warnings = ["one", "two\nlines"] });
        Assert.Equal(["warning one", "warning two lines"], Lines.Where(line => line.StartsWith("warning", StringComparison.Ordinal)));
        Assert.Equal(
            [
                "finding kind=Exception exception=System.FormatException frame=N.T.Inner(Byte[]_data) file=crashes/id:000000,sig:06",
                "finding kind=Hang exception=- frame=N.T.Inner(Byte[]_data) file=hangs/id:000000",
            ],
            Lines.Where(line => line.StartsWith("finding", StringComparison.Ordinal)));
        Assert.Equal(2, Lines.Count(line => line.StartsWith("time=", StringComparison.Ordinal)));
    }

    [Fact]
    public void A_closed_output_does_not_end_the_campaign()
    {
        using var gone = new BrokenWriter();
        new PlainView(gone).Show(Snapshots.Running);
        new JsonView(gone).Show(Snapshots.Running);
    }

    [Fact]
    public void Json_is_one_object_a_line_with_seconds()
    {
        using (var view = new JsonView(_output))
        {
            view.Show(Snapshots.Full);
            view.Show(Snapshots.Running);
        }
        Assert.Equal(2, Lines.Length);
        using var json = JsonDocument.Parse(Lines[1]);
        Assert.Equal(75.5, json.RootElement.GetProperty("elapsed").GetDouble());
        Assert.Equal(9_000_100, json.RootElement.GetProperty("executions").GetInt64());
        Assert.Equal(4242, json.RootElement.GetProperty("workers")[0].GetProperty("pid").GetInt32());
        Assert.Equal("Exception", json.RootElement.GetProperty("findings")[0].GetProperty("kind").GetString());
        Assert.False(json.RootElement.TryGetProperty("lastCrash", out _));
    }
}
