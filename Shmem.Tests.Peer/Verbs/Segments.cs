using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Arena;
using Shmem.Backends.Heap;
using Shmem.Backends.Janitor;
using Shmem.Backends.PosixShm;
using Shmem.Backends.Service;
using Shmem.Backends.Signals;
using Shmem.Backends.Win32;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// Holds segments for a test in another process: each line of stdin is a command, each is answered by one line, and the end of stdin is the end.
/// Views are numbered from 0 in the order in which they were made.
/// </summary>
internal static partial class Segments
{
    private static readonly List<ShMem> Views = [];
    private static readonly List<SharedArena> Arenas = [];
    private static ShMemService? _service;

    public static int Run()
    {
        // A fresh one has created no name yet, and so is in no campaign.
        if (Environment.GetEnvironmentVariable("SHMEM_TEST_FRESH") is null) LoadAssemblies();
        Console.WriteLine($"ready {Environment.ProcessId}");
        while (Console.ReadLine() is { } line)
            Console.WriteLine(Answer(line.Split(' ')));
        return 0;
    }

    /// <summary>The runtime loads an assembly when it is first needed, which takes a descriptor: before a test takes them all.</summary>
    private static void LoadAssemblies()
    {
        foreach (var (provider, refused) in StdShMemProvider.Try())
            if (refused is null) provider.Create(1).Dispose();
        // No process has this pid. No memfd is opened, so that tests see the first time.
        _ = Answer(["open", "memfd:4194305.3.1", "1"]);
        // Nobody has this name, which is longer than services' are here.
        _ = Answer(["open", "served:nobody-has-this-name-in-any-test/1", "1"]);
    }

    private static string Answer(string[] words)
    {
        try
        {
            return words switch
            {
                ["create", var scheme, var size] => Add(new StdShMemProvider(scheme).Create(long.Parse(size))),
                ["create", var scheme, var size, var how] => Add(new StdShMemProvider(scheme).Create(long.Parse(size), Options(how))),
                ["create-guarded", var guard, var size] => Add(new HeapShMemProvider(Enum.Parse<ShMemGuard>(guard)).Create(long.Parse(size))),
                ["create-unnamed", var size] when OperatingSystem.IsWindows() => Add(new Win32ShMemProvider(named: false).Create(long.Parse(size))),
                ["create-as-on-macos", var size] when OperatingSystem.IsLinux() => Add(new PosixShMemProvider(asOnLinux: false).Create(long.Parse(size))),
                ["peek", var view, var offset] => Peek(Views[int.Parse(view)], long.Parse(offset)),
                ["backends"] => Backends(new StdShMemProvider(null)),
                ["backends", "environment"] => Backends(new StdShMemProvider()),
                ["hosted"] => HostedBackend.Log(),
                ["not-dumpable"] => NotDumpable(),
                ["create-named", var scheme, var name, var size] => Add(new StdShMemProvider(scheme).CreateNamed(name, long.Parse(size))),
                ["open-named", var scheme, var name, var size] => Add(new StdShMemProvider(scheme).OpenNamed(name, long.Parse(size))),
                ["create-many", var scheme, var count] => CreateMany(new StdShMemProvider(scheme), int.Parse(count)),
                ["persist", var view] => Persist(Views[int.Parse(view)]),
                ["persist-at-exit", var view] => PersistAtExit(view),
                ["remove", var id] => $"ok {new StdShMemProvider("heap").Remove(ShMemId.Parse(id))}",
                ["open", var id, var size] => Add(Open(id, size, ShMemAccess.ReadWrite)),
                ["open", var id, var size, "read"] => Add(Open(id, size, ShMemAccess.Read)),
                ["open", var id, var size, "named-by", var service] => Add(Open(id, size, ShMemAccess.ReadWrite, service)),
                ["offer", var view] when OperatingSystem.IsLinux() => $"ok {_service!.Offer(Views[int.Parse(view)]).Service}",
                ["withdraw", var view] => $"ok {_service!.Withdraw(Views[int.Parse(view)].Id)}",
                ["create-served", var service, var size] => Add(new ServedShMemProvider(service).Create(long.Parse(size))),
                ["start-service", var name, var backend] => StartService(name, backend),
                ["stop-service"] => StopService(),
                ["open-environment", var name] => Add(new StdShMemProvider("heap").OpenFromEnvironment(name)),
                ["read", var view, var offset] => $"{Views[int.Parse(view)].Slice(long.Parse(offset), 1)[0]}",
                ["write", var view, var offset, var value] => Write(Views[int.Parse(view)], long.Parse(offset), byte.Parse(value)),
                ["dispose", var view] => Dispose(Views[int.Parse(view)]),
                ["use-mutex", var view] => UseMutex(Views[int.Parse(view)]),
                ["open-arena", var view] => OpenArena(Views[int.Parse(view)]),
                ["fill-arena", var view, var count] => FillArena(Views[int.Parse(view)], int.Parse(count)),
                ["sysv-segments"] => $"ok {File.ReadLines("/proc/sysvipc/shm").Count() - 1}",
                ["hold", var view, var cell] => Hold(Views[int.Parse(view)], cell),
                ["campaign"] when OperatingSystem.IsLinux() => $"ok {ShMemCampaign.Name}",
                ["join", var name] when OperatingSystem.IsLinux() => Join(name),
                ["sweep"] when OperatingSystem.IsLinux() => $"ok {LeakedNames.Sweep()}",
                ["leaked"] when OperatingSystem.IsLinux() => $"ok {string.Join(' ', LeakedNames.Find())}",
                ["persisted"] when OperatingSystem.IsLinux() => $"ok {string.Join(' ', PersistedSegments.List().Select(s => $"{s.Id} {s.Size}"))}",
                ["descriptors"] => $"ok {Descriptors()}",
                ["terminal"] => $"ok {File.ReadAllText("/proc/self/stat").Split(") ")[^1].Split(' ')[4]}",
                ["fill-descriptors", var left] => FilledDescriptors.Fill(int.Parse(left)),
                ["free-descriptors"] => FilledDescriptors.Free(),
                _ => $"no such command: {string.Join(' ', words)}",
            };
        }
        catch (ShMemException e)
        {
            return $"refused {e.Error} {e.Message}";
        }
    }

    private static ShMem Open(string id, string size, ShMemAccess access, string? service = null) =>
        new StdShMemProvider("heap").Open(new ShMemDescription(ShMemId.Parse(id), long.Parse(size), service), access);

    /// <summary>The backend posix-as-on-macos is what a service has there, which none can be asked for elsewhere.</summary>
    private static string StartService(string name, string backend)
    {
        if (backend != "posix-as-on-macos") return ShMemService.TryStart(name, out _service, backend) ? "ok" : "taken";
        _service = ShMemService.TryStart(name, RuntimeFolder.Open(), new PosixFiles(asOnLinux: false), ServiceLimits.Default, TimeSpan.FromSeconds(60));
        return _service is null ? "taken" : "ok";
    }

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

    private static ShMemCreateOptions Options(string how) => new()
    {
        Kind = how == "publish-once" ? ShMemKind.PublishOnce : ShMemKind.Shared,
        HugePages = how == "huge",
        Prefault = how == "prefault",
    };

    /// <summary>Reads a byte where it may not be checked.</summary>
    private static unsafe string Peek(ShMem view, long offset) => $"{Volatile.Read(ref view.Pointer[offset])}";

    /// <summary>What is chosen here, and what was refused before it.</summary>
    private static string Backends(StdShMemProvider std)
    {
        using var segment = std.Create(100);
        // The second provider takes what the first one found out.
        var again = ReferenceEquals(std.Chosen, new StdShMemProvider(null).Chosen);
        return $"{std.Scheme} {segment.Id.Scheme} {(again ? "decided once" : "named")}; {string.Join("; ", std.Refused.Select(r => $"{r.Error} {r.Message}"))}";
    }

    private static string NotDumpable() => SetOption(PR_SET_DUMPABLE, 0, 0, 0, 0) == 0 ? "ok" : "failed";

    /// <summary>prctl(2), linux/prctl.h.</summary>
    private const int PR_SET_DUMPABLE = 4;

    [LibraryImport("libc", EntryPoint = "prctl")]
    private static partial int SetOption(int option, nuint second, nuint third, nuint fourth, nuint fifth);

    private static string Write(ShMem view, long offset, byte value)
    {
        view.Slice(offset, 1)[0] = value;
        return "ok";
    }

    /// <summary>Enters and leaves the mutex at the segment's start.</summary>
    private static string UseMutex(ShMem view)
    {
        using var mutex = new SharedMutex(view, 0);
        var entry = mutex.Enter();
        mutex.Exit();
        return $"ok {entry}";
    }

    private static string OpenArena(ShMem view)
    {
        SharedArena.Open(view).Dispose();
        return "ok";
    }

    /// <summary>Allocates so many maps of 4 bytes in a new arena, each of which holds its number when all are made.</summary>
    private static string FillArena(ShMem view, int count)
    {
        var arena = SharedArena.Create(view, 64);
        Arenas.Add(arena);
        var cells = new List<ArenaCell>();
        for (var i = 0; i < count; i++)
        {
            cells.Add(arena.Allocate(4));
            BitConverter.TryWriteBytes(arena.Bytes(cells[i]), i);
        }

        return $"ok {cells.TakeWhile((cell, i) => BitConverter.ToInt32(arena.Bytes(cell)) == i).Count()}";
    }

    /// <summary>Holds a cell of the arena in a segment until the end.</summary>
    private static string Hold(ShMem view, string cell)
    {
        var arena = SharedArena.Open(view);
        Arenas.Add(arena);
        return arena.TryOpen(ArenaVerb.Parse(cell)) ? "ok" : "no such cell";
    }

    /// <summary>Each holds its number; all are opened and read again, and let go.</summary>
    private static string CreateMany(ShMemProvider provider, int count)
    {
        var segments = new List<ShMem>();
        try
        {
            for (var i = 0; i < count; i++)
            {
                segments.Add(provider.Create(8));
                segments[i].Ref<int>(0) = i;
            }

            for (var i = 0; i < count; i++)
            {
                using var again = provider.Open(segments[i].Description);
                if (again.Ref<int>(0) != i) return $"segment {i} holds {again.Ref<int>(0)}";
            }

            return $"ok {segments.Select(s => s.Id).Distinct().Count()}";
        }
        finally
        {
            segments.ForEach(s => s.Dispose());
        }
    }

    private static string Persist(ShMem view)
    {
        view.Persist();
        return "ok";
    }

    /// <summary>As an application does that keeps its state when it ends. What comes of it is written to stderr.</summary>
    private static string PersistAtExit(string view)
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Console.Error.WriteLine(Answer(["persist", view]));
        return "ok";
    }

    [SupportedOSPlatform("linux")]
    private static string Join(string name)
    {
        ShMemCampaign.Join(name);
        return $"ok {ShMemCampaign.Name}";
    }

    private static string Dispose(ShMem view)
    {
        view.Dispose();
        return "ok";
    }

    /// <summary>The descriptors of this process that lead to shared memory.</summary>
    private static int Descriptors() => Directory.EnumerateFiles("/proc/self/fd")
        .Count(fd => File.ResolveLinkTarget(fd, returnFinalTarget: false)?.FullName is { } target
            && (target.Contains("memfd:shmem") || target.StartsWith("/dev/shm/shmem-", StringComparison.Ordinal)
                || target.StartsWith("/dev/ashmem", StringComparison.Ordinal)));
}
