using System.Globalization;

namespace Shmem.Actors.Workers;

/// <summary>
/// When the kernel started a process: with the pid it names one incarnation for good. Every reader sees the same number, unlike with
/// <c>Process.StartTime</c>, which each computes from its own clock.
/// </summary>
internal static class KernelStartTime
{
    /// <summary>What stands for "not known": the process is gone, or the system has no <c>/proc</c>.</summary>
    public const long Unknown = 0;

    /// <summary>Clock ticks since boot, or <see cref="Unknown"/>. A process that is dead but not yet reaped still has one.</summary>
    public static long Of(int pid)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsAndroid()) return Unknown;
        try
        {
            return Parse(File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat")));
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return Unknown;
        }
    }

    /// <summary>Field 22 of <c>/proc/PID/stat</c>; proc_pid_stat(5).</summary>
    public static long Parse(ReadOnlySpan<char> stat)
    {
        // Field 2 is the command's name in parentheses, and may itself hold spaces and parentheses: the last one ends it.
        var rest = stat[(stat.LastIndexOf(')') + 1)..].Trim();
        // The rest begins with field 3.
        var number = 3;
        foreach (var field in rest.Split(' '))
        {
            if (number++ != 22) continue;
            return long.TryParse(rest[field], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) ? ticks : Unknown;
        }

        return Unknown;
    }
}
