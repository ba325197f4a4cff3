using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Tests.Output;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

public sealed class FindingDeskTests : IDisposable
{
    private readonly TemporaryFolder _temporary = new();

    public void Dispose() => _temporary.Dispose();

    [Fact]
    public void A_file_without_a_line_whose_key_another_has_gets_a_line_and_is_no_finding_more()
    {
        using var folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"] }, TimeProvider.System);
        var desk = new FindingDesk(folder, new KnownFindings(), Assert.Fail);
        var finding = new Finding { Kind = FindingKind.Exception, Key = "exception Lib.Type.Method", Source = new FindingSource(0, 0, 1), ExceptionType = "System.Exception" };
        var from = default(Provenance) with { Operation = "havoc" };
        desk.Take(finding, [1], from);
        // A fuzzer was killed before its line was there.
        var twin = folder.Crashes.Save([2], id => EntryName.Native.Plain(id, from)).Path;
        Assert.Equal([twin], folder.UncertainFindings());

        desk.Take(finding, [2], from, twin);

        Assert.Empty(folder.UncertainFindings());
        Assert.Equal((1, 0L), (desk.Saved.Count, desk.Met));
        Assert.Equal([false, true], folder.Findings.ReadAll().Select(line => line.IsMetAgain));
        Assert.Equal(desk.Saved, new FindingDesk(folder, new KnownFindings(), Assert.Fail).Saved);
    }

    [Fact]
    public void A_finding_that_is_confirmed_later_gets_another_line_and_is_one_finding()
    {
        using var folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"] }, TimeProvider.System);
        var finding = new Finding { Kind = FindingKind.Exception, Key = "exception Lib.Type.Method", Source = new FindingSource(0, 0, 1), ExceptionType = "System.Exception" };
        var from = default(Provenance) with { Operation = "havoc" };
        new FindingDesk(folder, new KnownFindings(), Assert.Fail).Take(finding, [1], from, isConfirmed: false);
        var file = Assert.Single(folder.UncertainFindings());

        // The next broker's.
        var desk = new FindingDesk(folder, new KnownFindings(), Assert.Fail);
        Assert.False(Assert.Single(desk.Saved).Confirmed);
        desk.Take(finding, [1], from, file);

        Assert.Null(Assert.Single(desk.Saved).Confirmed);
        Assert.Empty(folder.UncertainFindings());
        Assert.Equal([false, null], folder.Findings.ReadAll().Select(line => line.Confirmed));
        Assert.Equal(desk.Saved, new FindingDesk(folder, new KnownFindings(), Assert.Fail).Saved);
    }

    [Fact]
    public void A_finding_that_is_another_ones_when_it_is_run_again_is_no_finding_more()
    {
        using var folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"] }, TimeProvider.System);
        var finding = new Finding { Kind = FindingKind.Exception, Key = "exception Lib.Type.Method", Source = new FindingSource(0, 0, 1), ExceptionType = "System.Exception" };
        var from = default(Provenance) with { Operation = "havoc" };
        var desk = new FindingDesk(folder, new KnownFindings(), Assert.Fail);
        desk.Take(finding with { Key = "exception Lib.Type.Inlined" }, [1], from, isConfirmed: false);
        desk.Take(finding, [2], from);

        desk.Take(finding, [1], from, Assert.Single(folder.UncertainFindings()));

        Assert.Equal(finding.Key, Assert.Single(desk.Saved).Key);
        Assert.Empty(folder.UncertainFindings());
        Assert.Equal(desk.Saved, new FindingDesk(folder, new KnownFindings(), Assert.Fail).Saved);
    }
}
