using System.Globalization;
using Shmem.Backends;
using Shmem.Backends.Service;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>A service in a process of its own, whose clock a test sets: each line of stdin is a command, each is answered by one line.</summary>
internal static class ServiceVerb
{
    public static int Run(string backend, string mostOpenForks)
    {
        ShMemService? service = null;
        var clock = new Clock();
        var limits = new ServiceLimits { Clock = clock, OpenForks = int.Parse(mostOpenForks, CultureInfo.InvariantCulture) };
        Console.WriteLine($"ready {Environment.ProcessId}");
        while (Console.ReadLine() is { } line)
        {
            switch (line.Split(' '))
            {
                case ["start", var name]:
                    service?.Dispose();
                    service = ShMemService.TryStart(name, RuntimeFolder.Open(), SegmentFiles.Of(backend), limits, TimeSpan.FromSeconds(60));
                    Console.WriteLine(service is null ? "taken" : "ok");
                    break;
                case ["advance", var ticks]:
                    clock.Advance(long.Parse(ticks, CultureInfo.InvariantCulture));
                    Console.WriteLine("ok");
                    break;
                case ["counts"]:
                    var counts = service!.Counts;
                    Console.WriteLine($"{counts.Segments} {counts.Holders} {counts.Leases} {counts.Forks} {counts.Restarts}");
                    break;
                default:
                    Console.WriteLine($"no such command: {line}");
                    break;
            }
        }

        service?.Dispose();
        return 0;
    }

    private sealed class Clock : TimeProvider
    {
        private long _ticks;

        public override long TimestampFrequency => TimeSpan.TicksPerSecond;

        public override long GetTimestamp() => Interlocked.Read(ref _ticks);

        public void Advance(long ticks) => Interlocked.Add(ref _ticks, ticks);
    }
}
