using System.Diagnostics;
using Shmem.Sample.Fuzzer.Findings;
using Xunit;

namespace Shmem.Tests.Findings;

/// <summary>The peer process, and what the tests take for its library under test: its namespace Dying.</summary>
internal static class Peer
{
    public static string File { get; } = Path.ChangeExtension(PeerSession.Command[^1], ".dll");

    public static ITargetNames Library { get; } = new DyingNames();

    public static Process Start(string how, params (string Name, string Value)[] environment)
    {
        string[] command = [.. PeerSession.Command, "die", how];
        var info = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        info.Environment["DOTNET_DbgEnableMiniDump"] = "0";
        foreach (var (name, value) in environment)
            info.Environment[name] = value;
        return Process.Start(info)!;
    }

    /// <summary>Lets the peer die in this way and reads what is left of it.</summary>
    public static async Task<(ProcessEnd End, string Stderr)> Die(string how, params (string Name, string Value)[] environment)
    {
        using var process = Start(how, environment);
        var exited = new TaskCompletionSource();
        process.Exited += (_, _) => exited.TrySetResult();
        process.EnableRaisingEvents = true;
        var capture = new Shmem.Actors.Workers.OutputCapture(Shmem.Actors.Workers.WorkerProcess.LargestStderr);
        var buffer = new byte[64 * 1024];
        for (int count; (count = await process.StandardError.BaseStream.ReadAsync(buffer, TestContext.Current.CancellationToken)) > 0;)
            capture.Append(buffer.AsSpan(0, count));
        await exited.Task;
        return (new ProcessEnd(process.ExitCode), capture.ToString());
    }

    public static async Task<DeathReport> Report(string how, params (string Name, string Value)[] environment)
    {
        var (end, stderr) = await Die(how, environment);
        return DeathParser.Parse(end, stderr, Library);
    }

    private sealed class DyingNames : ITargetNames
    {
        private readonly TargetTypeNames _all = TargetTypeNames.FromFiles([File]);

        public bool Contains(ReadOnlySpan<char> typeFullName) =>
            typeFullName.StartsWith("Shmem.Tests.Peer.Dying.", StringComparison.Ordinal) && _all.Contains(typeFullName);
    }
}
