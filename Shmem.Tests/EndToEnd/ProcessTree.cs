using System.Globalization;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.EndToEnd;

/// <summary>Who descends from whom, by /proc.</summary>
internal static class ProcessTree
{
    /// <summary>How long processes may take to end that should be ending.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    /// <summary>Every living process below the given one.</summary>
    public static IReadOnlyList<int> DescendantsOf(int pid)
    {
        var parents = Parents();
        var found = new List<int>();
        var next = new Queue<int>([pid]);
        while (next.TryDequeue(out var parent))
        {
            foreach (var (child, _) in parents.Where(p => p.Value == parent))
            {
                found.Add(child);
                next.Enqueue(child);
            }
        }

        return found;
    }

    /// <summary>True while the process runs. A zombie does not, once none of its threads does: until then it has all that it had open.</summary>
    public static bool IsAlive(int pid) => ProcessStat.Read(pid, out var stat) == 0 && !stat.HasEnded;

    /// <summary>As in /proc/PID/stat: T is stopped. Null where the process, or thread, is gone.</summary>
    public static char? StateOf(int pid) => Stat(pid)?.State;

    /// <summary>True when each of the process's threads is stopped, and not only told to.</summary>
    public static bool IsStopped(int pid) => Directory.EnumerateDirectories($"/proc/{pid}/task")
        .All(thread => StateOf(int.Parse(Path.GetFileName(thread), CultureInfo.InvariantCulture)) is 'T' or null);

    /// <summary>Those of the processes that still run, once all have had their time to end: one that is ending has no command line any more and is no zombie yet.</summary>
    public static IReadOnlyList<int> AliveAfterKill(IReadOnlyList<int> pids)
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (pids.Any(IsAlive) && clock.Elapsed < Patience) Thread.Sleep(20);
        return [.. pids.Where(IsAlive)];
    }

    private static Dictionary<int, int> Parents() => Directory.EnumerateDirectories("/proc")
        .Select(Path.GetFileName)
        .Where(name => int.TryParse(name, out _))
        .Select(name => int.Parse(name!, CultureInfo.InvariantCulture))
        .Select(pid => (pid, stat: Stat(pid)))
        .Where(p => p.stat is not null && p.stat.Value.State != 'Z')
        .ToDictionary(p => p.pid, p => p.stat!.Value.Parent);

    private static (char State, int Parent)? Stat(int pid)
    {
        try
        {
            var text = File.ReadAllText($"/proc/{pid}/stat");
            var fields = text[(text.LastIndexOf(')') + 2)..].Split(' ');
            return (fields[0][0], int.Parse(fields[1], CultureInfo.InvariantCulture));
        }
        catch (IOException)
        {
            return null;
        }
    }
}
