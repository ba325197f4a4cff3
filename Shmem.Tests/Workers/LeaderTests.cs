using System.Diagnostics;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>What a worker started ends with it, however it ends: by its process group, or by its job on Windows.</summary>
public sealed class LeaderTests
{
    [Theory]
    [InlineData("waits")]
    [InlineData("dies")]
    public async Task What_a_worker_started_ends_with_it(string how)
    {
        using var segment = new StdShMemProvider().Create(4096);
        using var leader = WorkerProcess.Start(new WorkerLaunch(new WorkerCommand(PeerSession.Command[0], [.. PeerSession.Command[1..], "leader", how])),
            new WorkerBootstrap(1, "", default, segment.Description, default));
        await Waiting.Until(() => Volatile.Read(ref segment.Ref<int>(0)) != 0, PeerCommand.Patience, "it has told of the process that it started");
        if (how == "waits") leader.Kill("the test wants it so");
        await leader.Exit.WaitAsync(PeerCommand.Patience, TestContext.Current.CancellationToken);
        var led = segment.Ref<int>(0);
        await Waiting.Until(() => !Lives(led), PeerCommand.Patience, "what it started is gone");
    }

    private static bool Lives(int pid)
    {
        if (!OperatingSystem.IsWindows()) return PeerCommand.Lives(pid);
        try
        {
            using var process = Process.GetProcessById(pid);
            return !process.HasExited;
        }
        catch (ArgumentException)
        {
            return false;
        }
    }
}
