using System.Globalization;
using System.Runtime.Versioning;

namespace Shmem.Tests.Service;

/// <summary>What the kernel says of another process's shared memory: proc_pid_fd(5), proc_pid_fdinfo(5), proc_pid_maps(5).</summary>
[SupportedOSPlatform("linux")]
internal static class Kernel
{
    private const string Unlinked = " (deleted)";

    /// <summary>The inodes of the segments that a process has descriptors of. None has a name any more.</summary>
    public static HashSet<ulong> SharedFiles(int pid) =>
    [
        .. Directory.EnumerateFiles($"/proc/{pid}/fd")
            .Where(fd => new FileInfo(fd).LinkTarget is { } target && IsSegment(target))
            .Select(fd => File.ReadLines(fd.Replace("/fd/", "/fdinfo/", StringComparison.Ordinal)).First(l => l.StartsWith("ino:", StringComparison.Ordinal)))
            .Select(line => ulong.Parse(line.AsSpan("ino:".Length).Trim(), CultureInfo.InvariantCulture)),
    ];

    /// <summary>The inodes of the segments that a process has mapped.</summary>
    public static HashSet<ulong> MappedFiles(int pid) =>
    [
        // address perms offset dev inode pathname
        .. File.ReadLines($"/proc/{pid}/maps").Where(line => line.EndsWith(Unlinked, StringComparison.Ordinal)).Select(line => line.Split(' ', 6, StringSplitOptions.RemoveEmptyEntries))
            .Where(fields => fields.Length == 6 && IsSegment(fields[5]))
            .Select(fields => ulong.Parse(fields[4], CultureInfo.InvariantCulture)),
    ];

    private static bool IsSegment(string path) =>
        (path.StartsWith("/memfd:shmem", StringComparison.Ordinal) || path.StartsWith("/dev/shm/shmem-", StringComparison.Ordinal))
        && path.EndsWith(Unlinked, StringComparison.Ordinal);
}
