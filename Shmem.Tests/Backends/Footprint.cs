using System.Globalization;

namespace Shmem.Tests.Backends;

/// <summary>
/// What this process has of shared memory, as the operating system counts it. Of the whole process: tests that compare footprints stand in
/// <see cref="ProcessWide"/>.
/// </summary>
internal sealed record Footprint(int Descriptors, int Mappings, int Names, int SysV)
{
    public static Footprint Take() => new(
        Links("/proc/self/fd").Count(t => t.Contains("memfd:shmem") || t.Contains("/dev/shm/shmem-") || t.Contains("/dev/ashmem")),
        File.ReadLines("/proc/self/maps").Count(l => l.Contains("memfd:shmem") || l.Contains("/dev/shm/shmem-") || l.Contains("/dev/ashmem")
            || l.Contains("/SYSV")),
        NamesOfNobodyElse(),
        SysVOf(Environment.ProcessId));

    /// <summary>System V segments that the process created.</summary>
    public static int SysVOf(int pid) => File.ReadLines("/proc/sysvipc/shm").Skip(1)
        .Count(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4] == pid.ToString(CultureInfo.InvariantCulture));

    private static IEnumerable<string> Links(string folder)
    {
        foreach (var link in Directory.EnumerateFiles(folder))
        {
            string? target = null;
            try
            {
                target = new FileInfo(link).LinkTarget;
            }
            catch (IOException)
            {
                // Closed meanwhile: the descriptor by which the folder is listed is one of them.
            }

            if (target is not null) yield return target;
        }
    }

    /// <summary>Other processes of the machine have segments too; what one of them maps is not ours to count.</summary>
    private static int NamesOfNobodyElse()
    {
        var names = Directory.GetFiles("/dev/shm", "shmem-*");
        if (names.Length == 0) return 0;
        var others = Directory.EnumerateDirectories("/proc")
            .Where(p => int.TryParse(Path.GetFileName(p), out var pid) && pid != Environment.ProcessId).SelectMany(Mapped).ToHashSet(StringComparer.Ordinal);
        return names.Count(n => !others.Contains(n));
    }

    private static IEnumerable<string> Mapped(string process)
    {
        try
        {
            return [.. File.ReadLines(Path.Combine(process, "maps")).Where(l => l.Contains("/dev/shm/shmem-", StringComparison.Ordinal))
                .Select(l => l[l.IndexOf("/dev/shm/", StringComparison.Ordinal)..])];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }
}
