using System.Diagnostics;
using Xunit;

namespace Shmem.Tests.Samples;

/// <summary>How a run of Shmem.Tests.Peer ended: <see cref="ExitCode"/> is null if it had to be killed at its time limit.</summary>
internal sealed record PeerProcess(int? ExitCode, string Error)
{
    private const string HeapLimit = "0x20000000"; // 512 MiB, as a worker of the fuzzer has

    /// <summary>Starts the peer, waits until it says <c>running</c>, then gives it so long to end.</summary>
    public static async Task<PeerProcess> RunAsync(TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [PeerAssembly(), .. arguments])
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

    private static string PeerAssembly()
    {
        // …/Shmem.Tests/bin/<configuration>/<framework>/
        var output = new DirectoryInfo(AppContext.BaseDirectory);
        var root = output.Parent!.Parent!.Parent!.Parent!.FullName;
        return Path.Combine(root, "Shmem.Tests.Peer", "bin", output.Parent.Name, output.Name, "Shmem.Tests.Peer.dll");
    }
}
