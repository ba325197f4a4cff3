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
}
