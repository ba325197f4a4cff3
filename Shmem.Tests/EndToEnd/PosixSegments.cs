using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.PosixShm;

namespace Shmem.Tests.EndToEnd;

/// <summary>What a campaign on the backend posix keeps in memory: its names lead to it.</summary>
[SupportedOSPlatform("linux")]
internal static class PosixSegments
{
    /// <summary>The paths of the segments that a process has mapped; none of one that is gone.</summary>
    public static HashSet<string> MappedBy(int pid)
    {
        try
        {
            return
            [
                .. File.ReadLines($"/proc/{pid}/maps").Select(line => line.IndexOf("/dev/shm/shmem-", StringComparison.Ordinal) is > 0 and var at ? line[at..] : "")
                    .Where(path => path.Length > 0 && File.Exists(path)),
            ];
        }
        catch (IOException)
        {
            return [];
        }
    }

    /// <exception cref="ShMemException">It is gone meanwhile.</exception>
    /// <exception cref="IOException">It is gone meanwhile.</exception>
    public static ShMem Open(string path) =>
        new PosixShMemProvider().Open(new ShMemDescription(ShMemId.Parse($"posix:/{Path.GetFileName(path)}"), new FileInfo(path).Length));
}
