using System.Globalization;
using Shmem.Tests.Backends;

namespace Shmem.Tests.EndToEnd;

/// <summary>
/// What campaigns in a folder leave on the machine: processes, and of what has come since this was made, names in /dev/shm and System V segments. Tests that run
/// beside them make such too; theirs go again, and what is left over stays.
/// </summary>
internal sealed class Leftovers(CampaignFolder folder)
{
    /// <summary>Longer than any test keeps a segment that no living process has to do with.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(120);

    private readonly HashSet<string> _before = Names();

    /// <summary>What is there now, was not then, and stays, though no living process of others has to do with it. Processes that are ending get their time.</summary>
    public IReadOnlyList<string> Since()
    {
        var processes = folder.Processes();
        var left = Names().Except(_before).ToHashSet();
        for (var clock = System.Diagnostics.Stopwatch.StartNew(); left.Count > 0 && clock.Elapsed < Patience; Thread.Sleep(20))
        {
            left.ExceptWith(OfOthers(processes));
            left.IntersectWith(Names());
        }

        return [.. processes, .. left];
    }

    private static HashSet<string> Names() => [.. Directory.EnumerateFiles("/dev/shm", "shmem-*"), .. SysV().Select(segment => segment.Name)];

    /// <summary>What others than these processes have mapped, or created: a campaign beside this one keeps it for as long as it takes.</summary>
    private static IEnumerable<string> OfOthers(IReadOnlyList<string> processes) =>
    [
        .. Directory.EnumerateDirectories("/proc").Where(process => char.IsAsciiDigit(process[6])).Except(processes).SelectMany(Footprint.Mapped),
        .. SysV().Where(segment => ProcessTree.IsAlive(segment.Creator) && !processes.Contains($"/proc/{segment.Creator}")).Select(segment => segment.Name),
    ];

    private static IEnumerable<(string Name, int Creator)> SysV() => File.ReadLines("/proc/sysvipc/shm").Skip(1)
        .Select(line => line.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        .Select(words => ("sysv " + words[1], int.Parse(words[4], CultureInfo.InvariantCulture)));
}
