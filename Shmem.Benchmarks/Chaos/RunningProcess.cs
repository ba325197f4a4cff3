using System.Globalization;

namespace Shmem.Benchmarks.Chaos;

/// <summary>A process as <c>/proc</c> shows it.</summary>
/// <param name="Pid">Its number.</param>
/// <param name="Parent">Its parent's.</param>
/// <param name="State">R, S, D, T (stopped), Z (dead, not reaped), …</param>
/// <param name="Command">Its command line, blanks between the arguments.</param>
internal sealed record RunningProcess(int Pid, int Parent, char State, string Command)
{
    /// <summary>Everything that runs.</summary>
    public static List<RunningProcess> All()
    {
        var found = new List<RunningProcess>();
        foreach (var folder in Directory.EnumerateDirectories("/proc"))
            if (int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && Read(pid) is { } process) found.Add(process);
        return found;
    }

    /// <summary>Those that were started to work in a folder, at any remove: they have it in their environment. A dead one has no environment.</summary>
    public static List<RunningProcess> In(string folder) => All().FindAll(process => Text(process.Pid, "environ").Contains(folder, StringComparison.Ordinal));

    /// <summary>The living children of a process, and its dead ones that it has not reaped.</summary>
    public static List<RunningProcess> ChildrenOf(int parent) => All().FindAll(process => process.Parent == parent);

    public override string ToString() => $"process {Pid} ({State}) {Command}";

    private static RunningProcess? Read(int pid)
    {
        var stat = Text(pid, "stat");
        var afterName = stat.LastIndexOf(')') + 2;
        if (afterName < 2 || afterName >= stat.Length) return null;
        var fields = stat[afterName..].Split(' ');
        return new RunningProcess(pid, int.Parse(fields[1], CultureInfo.InvariantCulture), fields[0][0], Text(pid, "cmdline").Replace('\0', ' ').TrimEnd());
    }

    private static string Text(int pid, string file)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/{file}");
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            // Gone meanwhile, or another user's.
            return "";
        }
    }
}
