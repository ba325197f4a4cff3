using System.Globalization;

namespace Shmem.Benchmarks.Chaos;

/// <summary>What a process has open, by kind, as the kernel tells it: descriptors, and mappings of shared memory.</summary>
internal sealed class OpenHandles
{
    /// <summary>How many views of one segment a process may have: the one that it works with, and one that is being opened or let go.</summary>
    public const int MostViews = 2;

    private const string Mappings = "mappings of shared memory", Memfds = "memfds", Names = "descriptors of /dev/shm";

    private readonly SortedDictionary<string, int> _counts = new(StringComparer.Ordinal);

    private OpenHandles()
    {
    }

    /// <summary>The inode numbers of its sockets.</summary>
    public HashSet<long> Sockets { get; } = [];

    /// <summary>The kinds that are more where there are more segments.</summary>
    public static IReadOnlyList<string> OfSegments { get; } = [Mappings, Memfds, Names];

    /// <summary>The segments that it has mapped, each by device and inode number, which are the same in every process.</summary>
    public HashSet<string> Segments { get; } = [];

    public int this[string kind] => _counts.GetValueOrDefault(kind);

    /// <summary>Of a process that runs; of one that is gone, nothing.</summary>
    public static OpenHandles Of(int pid)
    {
        var handles = new OpenHandles();
        try
        {
            foreach (var descriptor in Directory.EnumerateFiles($"/proc/{pid}/fd"))
                if (new FileInfo(descriptor).LinkTarget is { } target && !IsAssembly(target)) handles.AddDescriptor(target);
            foreach (var line in File.ReadLines($"/proc/{pid}/maps"))
                if (IsSharedMemory(line)) handles.AddMapping(line);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // What was read until now is what there is.
        }

        return handles;
    }

    /// <summary>The kinds of which there are more than before, and more than the given slack.</summary>
    public IEnumerable<string> GrownSince(OpenHandles before, int slack) =>
        from count in _counts
        where count.Value > before[count.Key] + slack
        select $"{count.Key}: {count.Value}, and {before[count.Key]} before";

    public override string ToString() => string.Join(", ", _counts.Select(count => $"{count.Value} {count.Key}"));

    /// <summary>Fields of /proc/PID/maps: addresses, permissions, offset, device, inode, path.</summary>
    private void AddMapping(string line)
    {
        var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        Segments.Add($"{fields[3]} {fields[4]}");
        Add(Mappings);
    }

    private void AddDescriptor(string target)
    {
        const string Socket = "socket:[";
        if (target.StartsWith(Socket, StringComparison.Ordinal)) Sockets.Add(long.Parse(target.AsSpan()[Socket.Length..^1], CultureInfo.InvariantCulture));
        Add(target switch
        {
            _ when target.StartsWith(Socket, StringComparison.Ordinal) => "sockets",
            _ when target.StartsWith("pipe:[", StringComparison.Ordinal) => "pipes",
            _ when target.StartsWith("/memfd:shmem", StringComparison.Ordinal) => Memfds,
            _ when target.StartsWith("/dev/shm/", StringComparison.Ordinal) => Names,
            _ when target.StartsWith("anon_inode:", StringComparison.Ordinal) => "anonymous inodes",
            _ => "files",
        });
    }

    private void Add(string kind) => _counts[kind] = this[kind] + 1;

    /// <summary>The runtime keeps the file of each assembly that it has loaded, which it does when one is first needed.</summary>
    private static bool IsAssembly(string target) => target.EndsWith(".dll", StringComparison.Ordinal);

    /// <summary>The runtime maps memory of its own twice, by a memfd with another name.</summary>
    private static bool IsSharedMemory(string line) => line.Contains("memfd:shmem", StringComparison.Ordinal)
        || line.Contains("/dev/shm/shmem-", StringComparison.Ordinal) || line.Contains("/SYSV", StringComparison.Ordinal);
}
