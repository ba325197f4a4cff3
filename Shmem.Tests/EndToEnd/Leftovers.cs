namespace Shmem.Tests.EndToEnd;

/// <summary>What of ours is on the machine: names in /dev/shm, System V segments, fuzzer processes.</summary>
internal sealed class Leftovers
{
    private readonly HashSet<string> _before = Now();

    private Leftovers()
    {
    }

    public static Leftovers Take() => new();

    /// <summary>What is there now and was not then.</summary>
    public IEnumerable<string> Since() => Now().Except(_before);

    /// <summary>The same after a process was killed, once those that end with it have had 20 s.</summary>
    public IEnumerable<string> SinceKill()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (Since().Any() && clock.Elapsed < TimeSpan.FromSeconds(20)) Thread.Sleep(20);
        return Since();
    }

    private static HashSet<string> Now()
    {
        var found = new HashSet<string>(Directory.EnumerateFiles("/dev/shm", "shmem-*"));
        found.UnionWith(File.ReadLines("/proc/sysvipc/shm").Skip(1).Select(line => "sysv " + line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1]));
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(p[6])))
        {
            try
            {
                var command = File.ReadAllText(Path.Combine(process, "cmdline"));
                if (command.Contains(FuzzerProcess.Program, StringComparison.Ordinal)) found.Add($"process {process} {command.Replace('\0', ' ')}");
            }
            catch (IOException)
            {
                // Gone meanwhile.
            }
        }

        return found;
    }
}
