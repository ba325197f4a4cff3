using Microsoft.Extensions.Logging;
using Shmem.Sample.Fuzzer.Output;
using Xunit;

namespace Shmem.Tests.Output;

public sealed class CampaignLogTests
{
    [Fact]
    public void Lines_and_exceptions_go_to_the_file()
    {
        using var folder = new TemporaryFolder();
        using (var log = CampaignLog.Open(folder.FullPath))
            log.CreateLogger("Broker").Log(LogLevel.Error, default, 3, new InvalidOperationException("details"), (slot, _) => $"worker {slot} died");
        var text = File.ReadAllText(folder[CampaignLog.FileName]);
        Assert.Contains("ERR Broker: worker 3 died", text);
        Assert.Contains("InvalidOperationException: details", text);
    }
}
