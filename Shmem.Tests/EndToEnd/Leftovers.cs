namespace Shmem.Tests.EndToEnd;

/// <summary>
/// What campaigns in a folder leave on the machine: processes, and of what has come since this was made, names in /dev/shm and System V segments. Tests that run
/// beside them make such too; theirs go again, and what is left over stays.
/// </summary>
internal sealed class Leftovers(CampaignFolder folder)
{
    /// <summary>Longer than any test keeps a segment.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly HashSet<string> _before = Names();

    /// <summary>What is there now, was not then, and stays. Processes that end with one that was killed get 20 s.</summary>
    public IReadOnlyList<string> Since()
    {
        var processes = folder.Processes();
        var left = Names().Except(_before).ToHashSet();
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); left.Count > 0 && clock.Elapsed < Patience; Thread.Sleep(20)) left.IntersectWith(Names());
        return [.. processes, .. left];
    }

    private static HashSet<string> Names() =>
    [
        .. Directory.EnumerateFiles("/dev/shm", "shmem-*"),
        .. File.ReadLines("/proc/sysvipc/shm").Skip(1).Select(line => "sysv " + line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]),
    ];
}
