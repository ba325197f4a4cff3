using System.Globalization;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// Asks of other processes whether they live, as a broker and a driver of fork servers do, with as few descriptors as it is told: each line of stdin is a command, each is answered by
/// one line, and the end of stdin is the end.
/// </summary>
internal static class DeathWatchVerb
{
    /// <summary>More than pid_max can be.</summary>
    private const string NoPid = "4194305";

    private static readonly HolderId Server = new(1, int.MaxValue, 1);
    private static readonly ShMem Word = new HeapShMemProvider().Create(ForkServerChild.Size);
    private static readonly ForkServers Servers = new(ProcessDeath.Of);
    private static readonly List<Task> Ends = [];
    private static WorkerProcess? _child;

    public static int Run()
    {
        Servers.Add(Server, new HeapShMemProvider().Open(Word.Description));
        // The runtime loads what it first needs, and starts its thread for timers, which takes descriptors: before a test takes them all.
        Task.Delay(1).Wait();
        var self = HolderId.Of(1, Environment.ProcessId);
        foreach (var words in (string[][])[["report", NoPid, $"{self.Pid}", $"{self.KernelStartTime}"], ["report", $"{self.Pid}", $"{self.Pid}", "0"], ["end-last-child"],
            ["watch", NoPid, "1"], ["watch", $"{self.Pid}", "1"], ["watch", $"{self.Pid}", $"{self.KernelStartTime}"]])
            _ = Answer(words);
        Console.WriteLine($"ready {Environment.ProcessId}");
        while (Console.ReadLine() is { } line) Console.WriteLine(Answer(line.Split(' ')));
        return 0;
    }

    private static string Answer(string[] words)
    {
        try
        {
            return words switch
            {
                ["fill-descriptors", var left] => FilledDescriptors.Fill((int)Number(left)),
                ["free-descriptors"] => FilledDescriptors.Free(),
                ["report", var child, var server, var start] when !OperatingSystem.IsWindows() =>
                    $"{new ForkServerChild(Word).Report((int)Number(child), new HolderId(1, (int)Number(server), Number(start)))}",
                ["end-last-child"] => Add(Servers.EndLastChild(Server)),
                ["watch", var pid, var start] => Add(ProcessDeath.Of(new HolderId(1, (int)Number(pid), Number(start)))),
                ["start-stopped"] => StartStopped(),
                ["kill"] => Kill(),
                ["has-ended", var end] => HasEnded(Ends[(int)Number(end)]),
                _ => $"no such command: {string.Join(' ', words)}",
            };
        }
        catch (ShMemException e)
        {
            return $"refused {e.Error} {e.Message}";
        }
    }

    /// <summary>A child of ours that is stopped, as a hung worker that does not hear of anything.</summary>
    private static string StartStopped()
    {
        _child = WorkerProcess.Start(new WorkerLaunch(new WorkerCommand("/bin/sh", ["-c", "kill -STOP $$"])),
            new WorkerBootstrap(1, "", default, new ShMemDescription(ShMemId.Parse("memfd:1.2.3"), 4096), default));
        return Add(_child.Exit);
    }

    private static string Kill()
    {
        _child!.Kill("a hang");
        return "ok";
    }

    private static string HasEnded(Task end) => end.Exception?.InnerException is { } failed ? $"failed: {failed}" : $"{end.IsCompleted}";

    private static string Add(Task? end)
    {
        if (end is null) return "none";
        Ends.Add(end);
        return $"{Ends.Count - 1}";
    }

    private static long Number(string text) => long.Parse(text, CultureInfo.InvariantCulture);
}
