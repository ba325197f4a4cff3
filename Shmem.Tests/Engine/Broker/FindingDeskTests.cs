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
        Assert.Equal([twin], folder.UnnamedFindings());

        desk.Take(finding, [2], from, twin);

        Assert.Empty(folder.UnnamedFindings());
        Assert.Equal((1, 0L), (desk.Saved.Count, desk.Met));
        Assert.Equal([false, true], folder.Findings.ReadAll().Select(line => line.IsMetAgain));
        Assert.Equal(desk.Saved, new FindingDesk(folder, new KnownFindings(), Assert.Fail).Saved);
    }

    [Fact]
    public void Of_what_nobody_has_confirmed_one_input_is_saved_and_then_one_that_is()
    {
        using var folder = OutputFolder.Open(new CampaignOptions { Output = _temporary["out"] }, TimeProvider.System);
        var finding = new Finding { Kind = FindingKind.Exception, Key = "exception Lib.Type.Method", Source = new FindingSource(0, 0, 1), ExceptionType = "System.Exception" };
        var from = default(Provenance) with { Operation = "havoc" };
        Desk().Take(finding, [1], from, isConfirmed: false);
        // A run of the campaign later, and two later.
        Desk().Take(finding, [2], from, isConfirmed: false);
        Assert.False(Assert.Single(folder.Findings.ReadAll()).Confirmed);

        var desk = Desk();
        desk.Take(finding, [3], from);
        desk.Take(finding, [4], from);

        Assert.Equal([false, null], folder.Findings.ReadAll().Select(line => line.Confirmed));
        Assert.Equal([1, 3], folder.Crashes.Entries().Select(entry => File.ReadAllBytes(entry.Path)[0]));
        Assert.Equal((2, 1L), (desk.Saved.Count, desk.Met));
        Assert.Equal([finding.Key], folder.Findings.ConfirmedKeys());

        FindingDesk Desk() => new(folder, new KnownFindings(folder.Findings.ConfirmedKeys()), Assert.Fail);
    }
}
