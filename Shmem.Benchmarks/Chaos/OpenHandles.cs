using System.Globalization;
using Shmem.Backends.Interop;

namespace Shmem.Benchmarks.Chaos;

/// <summary>What a process has open, by kind, as the kernel tells it: descriptors, and mappings of shared memory.</summary>
internal sealed class OpenHandles
{
    private const string Mappings = "mappings of shared memory", Memfds = "memfds", Names = "descriptors of /dev/shm";

    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _views = new(StringComparer.Ordinal);
    private readonly Dictionary<string, List<string>> _descriptors = new(StringComparer.Ordinal);

    private OpenHandles()
    {
    }

    /// <summary>The inode numbers of its sockets.</summary>
    public HashSet<long> Sockets { get; } = [];

    /// <summary>The segments that it has mapped or has a descriptor of, each by its path and inode number, which are the same in every process and no other segment's.</summary>
    public IEnumerable<string> Segments => _views.Keys.Union(_descriptors.Keys);

    public int this[string kind] => _counts.GetValueOrDefault(kind);

    /// <summary>Of processes that run, taken together; of one that is gone, nothing.</summary>
    public static OpenHandles Of(params ReadOnlySpan<int> pids)
    {
        var handles = new OpenHandles();
        foreach (var pid in pids) handles.AddAll(pid);
        return handles;
    }

    /// <summary>How often it has mapped a segment.</summary>
    public int Views(string segment) => _views.GetValueOrDefault(segment);

    /// <summary>The descriptors of a segment that it has, by their paths in /proc/PID/fd.</summary>
    public IReadOnlyList<string> Descriptors(string segment) => _descriptors.GetValueOrDefault(segment) ?? [];

    /// <summary>The kinds of which there are more than before, and more than the given slack. Those of segments are another audit's, which needs no slack.</summary>
    public IEnumerable<string> GrownSince(OpenHandles before, int slack) =>
        from count in _counts
        where count.Key is not (Mappings or Memfds or Names) && count.Value > before[count.Key] + slack
        select $"{count.Key}: {count.Value}, and {before[count.Key]} before";

    public override string ToString() => string.Join(", ", _counts.Select(count => $"{count.Value} {count.Key}"));

    private void AddAll(int pid)
    {
        try
        {
            foreach (var descriptor in Directory.EnumerateFiles($"/proc/{pid}/fd"))
                if (new FileInfo(descriptor).LinkTarget is { } target && !IsAssembly(target)) AddDescriptor(descriptor, target);
            foreach (var line in File.ReadLines($"/proc/{pid}/maps"))
                if (IsSharedMemory(line)) AddMapping(line);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // What was read until now is what there is.
        }
    }

    /// <summary>Fields of /proc/PID/maps: addresses, permissions, offset, device, inode, path.</summary>
    private void AddMapping(string line)
    {
        var fields = line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        Add(_views, $"{fields[5]} {fields[4]}");
        Add(_counts, Mappings);
    }

    private void AddDescriptor(string path, string target)
    {
        if (IsSharedMemory(target) && Inode(path) is { } inode)
        {
            if (!_descriptors.TryGetValue($"{target} {inode}", out var same)) _descriptors.Add($"{target} {inode}", same = []);
            same.Add(path);
        }

        const string Socket = "socket:[";
        if (target.StartsWith(Socket, StringComparison.Ordinal)) Sockets.Add(long.Parse(target.AsSpan()[Socket.Length..^1], CultureInfo.InvariantCulture));
        Add(_counts, target switch
        {
            _ when target.StartsWith(Socket, StringComparison.Ordinal) => "sockets",
            _ when target.StartsWith("pipe:[", StringComparison.Ordinal) => "pipes",
            _ when target.StartsWith("/memfd:shmem", StringComparison.Ordinal) => Memfds,
            _ when target.StartsWith("/dev/shm/", StringComparison.Ordinal) => Names,
            _ when target.StartsWith("anon_inode:", StringComparison.Ordinal) => "anonymous inodes",
            _ => "files",
        });
    }

    /// <summary>Null for one that is closed meanwhile. Of the file itself, opened anew: /proc/PID/fdinfo tells it only since Linux 5.14.</summary>
    private static string? Inode(string descriptor)
    {
        // What has taken the number since may be a pipe: do not wait for it.
        using var file = LibcFile.OpenAt(LibcFile.AT_FDCWD, descriptor, LibcFile.O_RDONLY | LibcFile.O_CLOEXEC | LibcFile.O_NONBLOCK | LibcFile.O_NOCTTY);
        return !file.IsInvalid && LibcFile.Status(file, out var status) == 0 ? status.Inode.ToString(CultureInfo.InvariantCulture) : null;
    }

    private static void Add(IDictionary<string, int> counts, string what) => counts[what] = counts.TryGetValue(what, out var before) ? before + 1 : 1;

    /// <summary>The runtime keeps the file of each assembly that it has loaded, which it does when one is first needed.</summary>
    private static bool IsAssembly(string target) => target.EndsWith(".dll", StringComparison.Ordinal);

    /// <summary>The runtime maps memory of its own twice, by a memfd with another name.</summary>
    private static bool IsSharedMemory(string line) => line.Contains("memfd:shmem", StringComparison.Ordinal)
        || line.Contains("/dev/shm/shmem-", StringComparison.Ordinal) || line.Contains("/SYSV", StringComparison.Ordinal);
}
