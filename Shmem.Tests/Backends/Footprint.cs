using System.Globalization;

namespace Shmem.Tests.Backends;

/// <summary>
/// What this process has of shared memory, as the operating system counts it. Of the whole process: tests that compare footprints stand in
/// <see cref="ProcessWide"/>.
/// </summary>
internal sealed record Footprint(int Descriptors, int Mappings, int Names, int SysV)
{
    /// <summary>Of this process, without what earlier tests have lost: a collection between two footprints would unmap it.</summary>
    public static Footprint Take()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return Of("self", NamesOfNobodyElse(), Environment.ProcessId);
    }

    /// <summary>What another process has, whose /dev/shm is its own alone.</summary>
    public static Footprint Of(int pid) =>
        Of(pid.ToString(CultureInfo.InvariantCulture), Directory.GetFiles($"/proc/{pid}/root/dev/shm").Length, pid);

    /// <summary>System V segments that the process created.</summary>
    public static int SysVOf(int pid) => File.ReadLines("/proc/sysvipc/shm").Skip(1)
        .Count(l => l.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4] == pid.ToString(CultureInfo.InvariantCulture));

    /// <summary>Where the links of a folder lead, such as <c>/proc/self/fd</c>.</summary>
    public static IEnumerable<string> Links(string folder)
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

    /// <summary>The names in /dev/shm that a process, as a folder of /proc, has mapped; none of one that is gone.</summary>
    public static IEnumerable<string> Mapped(string process)
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

    private static Footprint Of(string process, int names, int pid) => new(
        Links($"/proc/{process}/fd").Count(IsOfSegment),
        File.ReadLines($"/proc/{process}/maps").Count(l => IsOfSegment(l) || l.Contains("/SYSV", StringComparison.Ordinal)),
        names,
        SysVOf(pid));

    private static bool IsOfSegment(string path) => path.Contains("memfd:shmem", StringComparison.Ordinal)
        || path.Contains("/dev/shm/shmem-", StringComparison.Ordinal) || path.Contains("/dev/ashmem", StringComparison.Ordinal);

    /// <summary>Other processes of the machine have segments too; what one of them maps is not ours to count.</summary>
    private static int NamesOfNobodyElse()
    {
        var names = Directory.GetFiles("/dev/shm", "shmem-*");
        if (names.Length == 0) return 0;
        var others = Directory.EnumerateDirectories("/proc")
            .Where(p => int.TryParse(Path.GetFileName(p), out var pid) && pid != Environment.ProcessId).SelectMany(Mapped).ToHashSet(StringComparer.Ordinal);
        return names.Count(n => !others.Contains(n));
    }
}
