using Shmem.Backends;
using Shmem.Backends.Corpus;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// The corpus logs of a process, opened from outside and for reading only: what stands there is what every process of the campaign sees. The kernel says which segments there are, and their first
/// bytes which of them is a log; the process is not asked, so it may also be stopped.
/// </summary>
internal static class ForeignLogs
{
    /// <summary>Where the header that all layouts have says how long the segment is: its id alone does not tell, and a log is opened as a whole or not at all.</summary>
    private const int LengthOffset = 16;

    /// <summary>It opens the ids of all backends, whichever it would create with.</summary>
    private static readonly StdShMemProvider Provider = new("memfd");

    /// <summary>A reader for each log, which the caller disposes before the next: who keeps a segment mapped keeps it alive, and that is what the audits look for.</summary>
    public static IEnumerable<CorpusLogReader> Of(int pid)
    {
        var handles = OpenHandles.Of(pid);
        foreach (var segment in handles.Segments)
            if (IdOf(segment, handles) is { } id && TryOpen(id) is { } log) yield return log;
    }

    /// <summary>By what the kernel calls it: the name of the file in its memory, and the inode number, which is the shmid of a System V segment.</summary>
    private static ShMemId? IdOf(string segment, OpenHandles handles)
    {
        const string Names = "/dev/shm/", SystemV = "/SYSV";
        var inode = segment[(segment.LastIndexOf(' ') + 1)..];
        if (segment.StartsWith(SystemV, StringComparison.Ordinal)) return ShMemId.Parse($"sysv:{inode}");
        if (segment.StartsWith(Names, StringComparison.Ordinal)) return ShMemId.Parse($"posix:/{segment[Names.Length..segment.IndexOf(' ')]}");
        // /proc/PID/fd/N; where there is none, another process holds it.
        return handles.Descriptors(segment) is [var descriptor, ..] && descriptor.Split('/') is [_, _, var pid, _, var number] ? ShMemId.Parse($"memfd:{pid}.{number}.{inode}") : null;
    }

    /// <returns>Null for what is no log, or not a log's beginning, or gone by now.</returns>
    private static CorpusLogReader? TryOpen(ShMemId id)
    {
        try
        {
            using var header = Open(new ShMemDescription(id, LogSegment.HeaderSize));
            if (!LogSegment.IsLaidOut(header)) return null;
            using var whole = Open(new ShMemDescription(id, header.Ref<long>(LengthOffset)));
            var log = new CorpusLogReader(whole, Open);
            // A later segment: the log's reader comes to it by the link.
            if (log.Segment == 0) return log;
            log.Dispose();
        }
        catch (ShMemException)
        {
        }

        return null;
    }

    private static ShMem Open(ShMemDescription segment) => Provider.Open(segment, ShMemAccess.Read);
}
