using System.Threading.Channels;
using Akka.Actor;
using Akka.Event;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Campaign;

/// <summary>What an actor system logs from now on, from its event stream, so that the system keeps its own settings.</summary>
internal sealed class LogCapture
{
    private readonly Channel<string> _lines = Channel.CreateUnbounded<string>();

    public static LogCapture Of(ActorSystem system)
    {
        var capture = new LogCapture();
        var listener = system.ActorOf(Props.Create(() => new Listener(capture._lines.Writer)));
        system.EventStream.Subscribe(listener, typeof(LogEvent));
        return capture;
    }

    /// <summary>Waits until a line with the text is logged; lines before it are dropped.</summary>
    public async Task Contains(string text)
    {
        using var limit = new CancellationTokenSource(PeerCommand.Patience);
        var seen = new List<string>();
        try
        {
            while (true)
            {
                var line = await _lines.Reader.ReadAsync(limit.Token);
                if (line.Contains(text, StringComparison.OrdinalIgnoreCase)) return;
                seen.Add(line);
            }
        }
        catch (OperationCanceledException)
        {
            Assert.Fail($"No line with '{text}', but:\n{string.Join('\n', seen)}");
        }
    }

    private sealed class Listener : ReceiveActor
    {
        public Listener(ChannelWriter<string> lines) => Receive<LogEvent>(logged => lines.TryWrite(logged.ToString()!));
    }
}
