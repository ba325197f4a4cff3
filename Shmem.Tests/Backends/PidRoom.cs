using System.Diagnostics;
using System.Globalization;
using System.Runtime.Versioning;

namespace Shmem.Tests.Backends;

/// <summary>A pid namespace with a /proc of its own, where the next process number can be chosen. Disposing kills all that is in it.</summary>
[SupportedOSPlatform("linux")]
internal sealed class PidRoom : IAsyncDisposable
{
    /// <summary>Somebody in the room may take the number in between: a thread of another peer.</summary>
    private const int Attempts = 20;

    private readonly Process _first;
    private readonly int _pid;

    private PidRoom(Process first, int pid) => (_first, _pid) = (first, pid);

    /// <summary>Needs root.</summary>
    public static async Task<PidRoom> Open()
    {
        // Ready when the room has its own /proc. Its first process, to which orphans fall, ignores SIGCHLD: who ends leaves no zombie that has the number.
        string[] arguments = ["--pid", "--fork", "--kill-child", "--mount", "sh", "-c", "trap '' CHLD; mount -t proc proc /proc && echo ready; exec cat"];
        var first = Process.Start(new ProcessStartInfo(Require.Tool("unshare"), arguments) { RedirectStandardOutput = true, RedirectStandardInput = true })!;
        try
        {
            if (await first.StandardOutput.ReadLineAsync() != "ready") throw new InvalidOperationException("no room: proc could not be mounted");
            var children = await File.ReadAllTextAsync($"/proc/{first.Id}/task/{first.Id}/children");
            return new PidRoom(first, int.Parse(children, CultureInfo.InvariantCulture));
        }
        catch
        {
            first.Kill(entireProcessTree: true);
            throw;
        }
    }

    /// <summary>Starts a peer whose number in the room is the given one.</summary>
    /// <param name="pid">Its number.</param>
    /// <param name="wrapper">A command that becomes the command which follows it.</param>
    public async Task<PeerSession> StartAt(int pid, params string[] wrapper)
    {
        string[] enter = [Require.Tool("nsenter"), $"--target={_pid}", "--pid", "--mount"];
        for (var attempt = 1; ; attempt++)
        {
            await Tool.Run(enter[0], [.. enter[1..], "sh", "-c", $"echo {pid - 1} > /proc/sys/kernel/ns_last_pid"]);
            var peer = await PeerSession.Start([.. enter, .. wrapper]);
            if (peer.Pid == pid) return peer;
            await peer.DisposeAsync();
            if (attempt == Attempts) throw new InvalidOperationException($"no process got the number {pid}");
        }
    }

    public ValueTask DisposeAsync()
    {
        _first.Kill(entireProcessTree: true);
        _first.Dispose();
        return ValueTask.CompletedTask;
    }
}
