using System.Globalization;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// What the kernel says is left of the processes that worked in a folder. It asks nothing of the campaign and believes none of its lists. Whatever
/// was there before belongs to others.
/// </summary>
internal sealed class KernelAudit(ChaosFolder folder)
{
    private readonly HashSet<string> _namesBefore = [.. SharedMemoryNames()];
    private readonly HashSet<long> _segmentsBefore = [.. SystemVSegments().Select(segment => segment.Id)];
    private readonly HashSet<int> _creators = [];
    private readonly HashSet<long> _listeners = [];

    /// <summary>Takes note of what a process has now, so that its sockets and segments are known for its own when it is gone.</summary>
    public void Follow(int pid)
    {
        _creators.Add(pid);
        _listeners.UnionWith(OpenHandles.Of(pid).Sockets.Intersect(ListeningSockets().Select(socket => socket.Inode)));
    }

    /// <summary>The TCP port on which a process listens; null while it does not.</summary>
    public static int? PortOf(int pid)
    {
        var own = OpenHandles.Of(pid).Sockets;
        return ListeningSockets().Where(socket => own.Contains(socket.Inode)).Select(socket => (int?)socket.Port).FirstOrDefault();
    }

    /// <summary>Processes whose parent is gone, while others still work: a killed broker's, say. One that is just ending may be seen for a moment.</summary>
    public IEnumerable<string> Orphans()
    {
        var ours = RunningProcess.In(folder.Root);
        var parents = ours.Select(process => process.Pid).Append(Environment.ProcessId).ToHashSet();
        return ours.Where(process => !parents.Contains(process.Parent)).Select(process => $"without a parent: {process}");
    }

    /// <summary>All that is left, one line each. Asked when every process should have ended.</summary>
    public IReadOnlyList<string> Leftovers() =>
    [
        .. RunningProcess.In(folder.Root).Select(process => process.ToString()),
        .. SharedMemoryNames().Where(name => !_namesBefore.Contains(name) && !IsMappedByOthers(name)).Select(name => $"shared memory {name}"),
        .. SystemVSegments().Where(segment => !_segmentsBefore.Contains(segment.Id) && _creators.Contains(segment.Creator))
            .Select(segment => $"System V segment {segment.Id}, made by process {segment.Creator}"),
        .. ListeningSockets().Where(socket => _listeners.Contains(socket.Inode)).Select(socket => $"TCP port {socket.Port} is listened on"),
        .. File.ReadLines("/proc/net/unix").Where(line => line.Contains(folder.Root, StringComparison.Ordinal)).Select(line => $"Unix socket {line.Split(' ')[^1]}"),
        .. FilesIn(folder.Runtime).Where(file => !IsLock(file)).Select(file => $"in the run-time folder {file}"),
        .. FilesIn(folder.Temporary).Select(file => $"in the folder for temporary files {file}"),
        .. FilesIn(folder.Output).Where(file => Path.GetFileName(file).StartsWith(".tmp-", StringComparison.Ordinal)).Select(file => $"half written {file}"),
    ];

    /// <summary>The same, once what is just ending has had its time.</summary>
    public async Task<IReadOnlyList<string>> LeftoversAsync(TimeSpan patience)
    {
        using var deadline = new CancellationTokenSource(patience);
        while (true)
        {
            var left = Leftovers();
            if (left.Count == 0 || deadline.IsCancellationRequested) return left;
            await Task.Delay(TimeSpan.FromMilliseconds(100), CancellationToken.None).ConfigureAwait(false);
        }
    }

    private static IEnumerable<string> SharedMemoryNames() => Directory.EnumerateFiles("/dev/shm", "shmem-*");

    /// <summary>Another program of this user may be at work on the machine: what a process has mapped that is not ours is not left over.</summary>
    private bool IsMappedByOthers(string name)
    {
        var ours = RunningProcess.In(folder.Root).Select(process => process.Pid).ToHashSet();
        return RunningProcess.All().Exists(process => !ours.Contains(process.Pid) && Maps(process.Pid, name));
    }

    private static bool Maps(int pid, string name)
    {
        try
        {
            return File.ReadLines($"/proc/{pid}/maps").Any(line => line.EndsWith(name, StringComparison.Ordinal));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>Fields of /proc/sysvipc/shm: key, shmid, perms, size, cpid, …</summary>
    private static IEnumerable<(long Id, int Creator)> SystemVSegments() =>
        from line in File.ReadLines("/proc/sysvipc/shm").Skip(1)
        let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        select (long.Parse(fields[1], CultureInfo.InvariantCulture), int.Parse(fields[4], CultureInfo.InvariantCulture));

    /// <summary>Fields of /proc/net/tcp: number, local address and port in hexadecimal, remote, state (0A is LISTEN), …, the tenth the inode. .NET's are of TCP over IPv6 or IPv4.</summary>
    private static IEnumerable<(int Port, long Inode)> ListeningSockets() =>
        from line in File.ReadLines("/proc/net/tcp").Skip(1).Concat(File.Exists("/proc/net/tcp6") ? File.ReadLines("/proc/net/tcp6").Skip(1) : [])
        let fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
        where fields[3] == "0A"
        select (int.Parse(fields[1].AsSpan(fields[1].IndexOf(':') + 1), NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            long.Parse(fields[9], CultureInfo.InvariantCulture));

    /// <summary>Their files stay: to remove a lock's file is a race of its own. They are empty.</summary>
    private static bool IsLock(string file) => Path.GetFileName(file) == ".lock" && new FileInfo(file).Length == 0;

    private static IEnumerable<string> FilesIn(string path) => Directory.Exists(path)
        ? Directory.EnumerateFiles(path, "*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = 0 })
        : [];
}
