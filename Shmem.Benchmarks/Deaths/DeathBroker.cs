using System.Diagnostics;
using System.Globalization;
using Shmem.Actors.Workers;
using Shmem.Backends.Lifetime;

namespace Shmem.Benchmarks.Deaths;

/// <summary>A broker in a process of its own, which is killed: how long its workers outlive it, who learn of it by the end of their standard input.</summary>
internal static class DeathBroker
{
    /// <summary>Only to end a measurement that would wait for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    /// <summary>The hidden verb <c>death-broker</c>: tells the pids of its workers in one line, and ends well at the end of its standard input.</summary>
    public static async Task<int> RunAsync()
    {
        var campaign = new DeathCampaign(keepsSpare: true);
        await using (campaign.ConfigureAwait(false))
        {
            Console.WriteLine(string.Join(' ', await campaign.WorkersAtRestAsync().ConfigureAwait(false)));
            await Console.In.ReadLineAsync().ConfigureAwait(false);
        }

        return 0;
    }

    /// <summary>Starts one with a worker and a warm spare, and kills it with SIGKILL.</summary>
    /// <returns>The time from the kill until the system has none of its workers any more.</returns>
    public static async Task<TimeSpan> KillAsync()
    {
        var command = WorkerCommand.ThisExecutable("death-broker");
        var start = new ProcessStartInfo(command.FileName, command.Arguments) { RedirectStandardInput = true, RedirectStandardOutput = true };
        // Killed, it could not remove the sockets that debuggers ask.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        using var broker = Process.Start(start)!;
        using var patience = new CancellationTokenSource(Patience);
        var line = await broker.StandardOutput.ReadLineAsync(patience.Token).ConfigureAwait(false)
            ?? throw new InvalidOperationException("the broker ended before its workers were ready");
        var workers = line.Split(' ').Select(pid => HolderId.Of(0, int.Parse(pid, CultureInfo.InvariantCulture))).ToList();

        var killed = Stopwatch.GetTimestamp();
        broker.Kill();
        // Looks every millisecond, so that is how exact it is.
        for (var clock = Stopwatch.StartNew(); workers.Exists(Lives); await Task.Delay(1, CancellationToken.None).ConfigureAwait(false))
            if (clock.Elapsed > Patience) throw new TimeoutException($"workers live {Patience.TotalSeconds:0} s after their broker");
        return Stopwatch.GetElapsedTime(killed);
    }

    private static bool Lives(HolderId worker) => !Incarnation.From(worker.Pid, worker.KernelStartTime).IsGone();
}
