using System.Diagnostics;
using Xunit;

namespace Shmem.Tests.Workers;

public sealed class BrokerDeathTests(ITestOutputHelper output)
{
    // By the end of their standard input. The failure detector of akka.hocon, without it, bears with the broker for 30 s.
    [Fact]
    public async Task Workers_end_by_themselves_soon_after_the_broker_s_kill()
    {
        var command = PeerCommand.Of("broker");
        using var broker = new Process
        {
            StartInfo = new ProcessStartInfo(command.FileName, command.Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true },
        };
        broker.Start();
        var pids = new List<int>();
        using var patience = new CancellationTokenSource(PeerCommand.Patience);
        try
        {
            for (var ready = 0; ready < 3;)
            {
                var line = await broker.StandardOutput.ReadLineAsync(patience.Token);
                var words = Assert.IsType<string>(line).Split(' ');
                if (words[0] == "started") pids.Add(int.Parse(words[1]));
                else ready++;
            }
        }
        finally
        {
            broker.Kill();
        }

        Assert.Equal(3, pids.Count);
        var since = Stopwatch.StartNew();
        await Waiting.Until(() => !pids.Exists(PeerCommand.Lives), TimeSpan.FromSeconds(20), "all workers are gone");
        output.WriteLine($"all workers gone {since.ElapsedMilliseconds} ms after the kill");
    }
}
