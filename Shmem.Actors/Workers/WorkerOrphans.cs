using System.Globalization;
using System.Text;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>What a worker of a dead broker has started, and has left in its process group when it ended. Where nobody is recorded (macOS), and on Windows, where a job ends with its worker, there is none.</summary>
/// <remarks>
/// The kernel gives a group's number to no process while the group has members. But once all were gone, the number may have become a stranger's, who ended and left a group as well: a shell's
/// job that goes on when its terminal is closed is one. So what is killed has to say in its environment, as it got it from the worker, whose it is.
/// </remarks>
internal static class WorkerOrphans
{
    /// <summary>Names the register of a worker's, for all that it starts.</summary>
    public const string Variable = "SHMEM_WORKERS";

    /// <summary>Kills what is left of a worker's group.</summary>
    /// <param name="worker">A worker that is gone.</param>
    /// <param name="register">What stands in <see cref="Variable"/>.</param>
    /// <returns>False where the system did not say who has the worker's number: its record is needed still.</returns>
    public static bool Kill(HolderId worker, string register)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsAndroid()) return true;
        // Whoever has the number now is another one, and the group was empty; but for a dead one that nobody has waited for, whose group it still is.
        if (SeenProcess.Of(worker.Pid) is { Presence: not Presence.None } seen && seen.Is(worker.KernelStartTime) != true) return seen.Presence != Presence.Unclear;
        var mark = Encoding.UTF8.GetBytes($"\0{Variable}={register}\0");
        if (Members(worker).Any(member => IsMarked(member, mark))) _ = LibcProcess.Kill(-worker.Pid, LibcProcess.SIGKILL);
        return true;
    }

    /// <summary>The processes of the session that a worker began with itself, in its own group, which were not started before it.</summary>
    private static IEnumerable<int> Members(HolderId worker)
    {
        foreach (var path in Directory.EnumerateDirectories("/proc"))
        {
            if (int.TryParse(Path.GetFileName(path), NumberStyles.None, CultureInfo.InvariantCulture, out var pid) && ProcessStat.Read(pid, out var stat) == 0
                && stat.Group == worker.Pid && stat.Session == worker.Pid && stat.StartTime >= worker.KernelStartTime && !stat.HasEnded)
                yield return pid;
        }
    }

    private static bool IsMarked(int pid, byte[] mark)
    {
        try
        {
            // The first variable has no NUL before it.
            return new ReadOnlySpan<byte>([0, .. File.ReadAllBytes($"/proc/{pid}/environ")]).IndexOf(mark) >= 0;
        }
        catch (Exception closed) when (closed is IOException or UnauthorizedAccessException)
        {
            // It has ended meanwhile, or is another user's.
            return false;
        }
    }
}
