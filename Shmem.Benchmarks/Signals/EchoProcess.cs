using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Memfd;
using Shmem.Backends.Signals;

namespace Shmem.Benchmarks.Signals;

/// <summary>A second process of this program, which answers each notification by one. Both sides are here.</summary>
[SupportedOSPlatform("linux")]
internal sealed class EchoProcess : IDisposable
{
    private const long Ping = 0, Pong = 64;

    private readonly ShMem _segment = new MemfdShMemProvider().Create(4096);
    private readonly SharedSignal _ping;
    private readonly SharedSignal _pong;
    private readonly Process _process;

    public EchoProcess()
    {
        _ping = new SharedSignal(_segment, Ping);
        _pong = new SharedSignal(_segment, Pong);
        string[] command = [typeof(EchoProcess).Assembly.Location, "echo", _segment.Id.ToString(), _segment.Length.ToString(CultureInfo.InvariantCulture)];
        _process = Process.Start(new ProcessStartInfo("dotnet", command) { RedirectStandardInput = true, UseShellExecute = false })!;
    }

    /// <summary>The second process: until its stdin ends.</summary>
    public static int Run(string id, string size)
    {
        using var segment = new MemfdShMemProvider().Open(new ShMemDescription(ShMemId.Parse(id), long.Parse(size, CultureInfo.InvariantCulture)));
        using var ping = new SharedSignal(segment, Ping);
        using var pong = new SharedSignal(segment, Pong);
        new Thread(() =>
        {
            while (Console.Read() >= 0) { }
            Environment.Exit(0);
        }) { IsBackground = true }.Start();
        for (uint seen = 0; ; seen++)
        {
            ping.Wait(seen, Timeout.InfiniteTimeSpan);
            pong.Notify();
        }
    }

    /// <summary>Half a round trip, the median of so many, in nanoseconds.</summary>
    public double MedianWake(int rounds)
    {
        var taken = new long[rounds];
        for (var i = 0; i < rounds; i++)
        {
            var seen = _pong.Version;
            var start = Stopwatch.GetTimestamp();
            _ping.Notify();
            _pong.Wait(seen, Timeout.InfiniteTimeSpan);
            taken[i] = Stopwatch.GetTimestamp() - start;
        }

        Array.Sort(taken);
        return taken[rounds / 2] * (1e9 / Stopwatch.Frequency) / 2;
    }

    public void Dispose()
    {
        _process.StandardInput.Close();
        _process.WaitForExit(5_000);
        _process.Dispose();
        _pong.Dispose();
        _ping.Dispose();
        _segment.Dispose();
    }
}
