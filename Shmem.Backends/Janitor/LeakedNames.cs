using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Backends.PosixShm;

namespace Shmem.Backends.Janitor;

/// <summary>
/// POSIX names that a killed process left: ours by their first characters, this user's, and mapped by no process. All other backends are crash-clean.
/// </summary>
[SupportedOSPlatform("linux")]
public static class LeakedNames
{
    /// <summary>Where glibc and musl keep the objects of shm_open(3).</summary>
    private const string Folder = "/dev/shm";

    /// <summary>A name is younger than its mapping by microseconds; one this old that nobody has mapped stays so.</summary>
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    /// <summary>The names, such as <c>/shmem-…</c>. Processes of other users are not looked at, nor are names of theirs.</summary>
    /// <exception cref="IOException">/proc or /dev/shm cannot be read.</exception>
    public static IReadOnlyList<string> Find()
    {
        var candidates = Candidates();
        if (candidates.Count == 0) return [];
        var mapped = Mapped();
        return [.. candidates.Where(name => !mapped.Contains(Folder + name))];
    }

    /// <summary>Removes every name that <see cref="Find"/> finds.</summary>
    /// <returns>How many were removed.</returns>
    public static int Sweep() => Find().Count(Remove);

    /// <summary>Removes one name.</summary>
    /// <returns>False when it is gone already, or may not be removed.</returns>
    public static bool Remove(string name) => LibcPosixShm.Unlink(name) == 0;

    private static List<string> Candidates()
    {
        if (!Directory.Exists(Folder)) return [];
        var old = DateTime.UtcNow - Grace;
        return [.. new DirectoryInfo(Folder).EnumerateFiles(PosixObject.NamePrefix[1..] + "*")
            .Where(file => file.LastWriteTimeUtc < old && LibcFile.IsOwnedByThisUser(file.FullName))
            .Select(file => "/" + file.Name)];
    }

    /// <summary>Every file of the folder that some process has mapped.</summary>
    private static HashSet<string> Mapped()
    {
        var mapped = new HashSet<string>(StringComparer.Ordinal);
        foreach (var process in Directory.EnumerateDirectories("/proc"))
        {
            if (!char.IsAsciiDigit(process["/proc/".Length])) continue;
            try
            {
                foreach (var line in File.ReadLines(Path.Combine(process, "maps")))
                {
                    var at = line.IndexOf(Folder, StringComparison.Ordinal);
                    if (at >= 0) mapped.Add(line[at..]);
                }
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or another user's, who cannot map what is ours alone (0600).
            }
        }

        return mapped;
    }
}
