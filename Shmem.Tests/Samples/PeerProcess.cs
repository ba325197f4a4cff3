using System.Diagnostics;
using Xunit;

namespace Shmem.Tests.Samples;

/// <summary>How a run of Shmem.Tests.Peer ended: <see cref="ExitCode"/> is null if it had to be killed at its time limit.</summary>
internal sealed record PeerProcess(int? ExitCode, string Error)
{
    private const string HeapLimit = "0x20000000"; // 512 MiB, as a worker of the fuzzer has

    /// <summary>The exit code of one that was killed by <see cref="Process.Kill()"/>: 128 and SIGKILL on Unix, what TerminateProcess is given on Windows.</summary>
    public static int Killed => OperatingSystem.IsWindows() ? -1 : 128 + 9;

    /// <summary>Starts the peer, waits until it says <c>running</c>, then gives it so long to end.</summary>
    public static async Task<PeerProcess> RunAsync(TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo(PeerSession.Command[0], [.. PeerSession.Command[1..], .. arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_GCHeapHardLimit"] = HeapLimit;
        start.Environment["DOTNET_DbgEnableMiniDump"] = "0";

        using var process = new Process { StartInfo = start, EnableRaisingEvents = true };
        var exited = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.Exited += (_, _) => exited.TrySetResult();
        process.Start();
        var error = process.StandardError.ReadToEndAsync();
        Assert.Equal("running", await process.StandardOutput.ReadLineAsync());
        try
        {
            await exited.Task.WaitAsync(limit);
            return new PeerProcess(process.ExitCode, await error);
        }
        catch (TimeoutException)
        {
            process.Kill();
            await exited.Task;
            return new PeerProcess(null, await error);
        }
    }
}
