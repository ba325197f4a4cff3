using Shmem.Backends;
using Shmem.Backends.Service;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// Holds segments for a test in another process: each line of stdin is a command, each is answered by one line, and the end of stdin is the end.
/// Views are numbered from 0 in the order in which they were made.
/// </summary>
internal static class Segments
{
    private static readonly List<ShMem> Views = [];
    private static readonly List<FileStream> Fillers = [];
    private static ShMemService? _service;

    public static int Run()
    {
        LoadAssemblies();
        Console.WriteLine($"ready {Environment.ProcessId}");
        while (Console.ReadLine() is { } line)
            Console.WriteLine(Answer(line.Split(' ')));
        return 0;
    }

    /// <summary>The runtime loads an assembly when it is first needed, which takes a descriptor: before a test takes them all.</summary>
    private static void LoadAssemblies()
    {
        foreach (var (provider, _) in StdShMemProvider.Try()) provider.Create(1).Dispose();
        // No process has this pid. No memfd is opened, so that tests see the first time.
        _ = Answer(["open", "memfd:4194305.3.1", "1"]);
        // Nobody has this name, which is longer than services' are here.
        if (!OperatingSystem.IsWindows()) _ = Answer(["open", "served:nobody-has-this-name-in-any-test/1", "1"]);
    }

    private static string Answer(string[] words)
    {
        try
        {
            return words switch
            {
                ["create", var scheme, var size] => Add(new StdShMemProvider(scheme).Create(long.Parse(size))),
                ["open", var id, var size] => Add(Open(id, size, ShMemAccess.ReadWrite)),
                ["open", var id, var size, "read"] => Add(Open(id, size, ShMemAccess.Read)),
                ["create-served", var service, var size] => Add(new ServedShMemProvider(service).Create(long.Parse(size))),
                ["start-service", var name, var backend] => StartService(name, backend),
                ["stop-service"] => StopService(),
                ["open-environment", var name] => Add(new StdShMemProvider("heap").OpenFromEnvironment(name)),
                ["read", var view, var offset] => $"{Views[int.Parse(view)].Slice(long.Parse(offset), 1)[0]}",
                ["write", var view, var offset, var value] => Write(Views[int.Parse(view)], long.Parse(offset), byte.Parse(value)),
                ["dispose", var view] => Dispose(Views[int.Parse(view)]),
                ["descriptors"] => $"ok {Descriptors()}",
                ["terminal"] => $"ok {File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[4]}",
                ["fill-descriptors", var left] => Fill(int.Parse(left)),
                ["free-descriptors"] => Free(),
                _ => $"no such command: {string.Join(' ', words)}",
            };
        }
        catch (ShMemException e)
        {
            return $"refused {e.Error} {e.Message}";
        }
    }

    private static ShMem Open(string id, string size, ShMemAccess access) =>
        new StdShMemProvider("heap").Open(new ShMemDescription(ShMemId.Parse(id), long.Parse(size)), access);

    private static string StartService(string name, string backend) => ShMemService.TryStart(name, out _service, backend) ? "ok" : "taken";

    private static string StopService()
    {
        _service!.Dispose();
        return "ok";
    }

    private static string Add(ShMem view)
    {
        Views.Add(view);
        return $"ok {view.Id} {view.Length}";
    }

    private static string Write(ShMem view, long offset, byte value)
    {
        view.Slice(offset, 1)[0] = value;
        return "ok";
    }

    private static string Dispose(ShMem view)
    {
        view.Dispose();
        return "ok";
    }

    /// <summary>The descriptors of this process that lead to shared memory.</summary>
    private static int Descriptors() => Directory.EnumerateFiles("/proc/self/fd")
        .Count(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.FullName is { } target
            && (target.Contains("memfd:shmem") || target.StartsWith("/dev/shm/shmem-", StringComparison.Ordinal)));

    private static string Fill(int left)
    {
        try
        {
            while (true) Fillers.Add(File.OpenRead("/dev/null"));
        }
        catch (IOException)
        {
            for (; left > 0; left--)
            {
                Fillers[^1].Dispose();
                Fillers.RemoveAt(Fillers.Count - 1);
            }

            return "ok";
        }
    }

    private static string Free()
    {
        Fillers.ForEach(f => f.Dispose());
        Fillers.Clear();
        return "ok";
    }
}
