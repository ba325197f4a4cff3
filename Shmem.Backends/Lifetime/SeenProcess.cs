using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Lifetime;

/// <summary>
/// One look at the process that has a pid. Whoever frees memory, or kills, by a pid alone asks here, since a look may also fail for want of a descriptor: that is no word of the system's.
/// </summary>
/// <param name="Presence">What the system says of it.</param>
/// <param name="StartTime">As <see cref="KernelStartTime.Of"/> has it; <see cref="KernelStartTime.Unknown"/> where there is none, where nothing is said, and on macOS.</param>
internal readonly record struct SeenProcess(Presence Presence, long StartTime)
{
    /// <summary>Looks.</summary>
    public static SeenProcess Of(int pid)
    {
        // A signal to such a number would go to a group, or to everybody: no process has it.
        if (pid <= 0) return new SeenProcess(Presence.None, KernelStartTime.Unknown);
        if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid()) return OnLinux(pid);
        if (OperatingSystem.IsWindows()) return OnWindows(pid);
        // All that macOS is asked.
        return new SeenProcess(HasNoProcess(pid) ? Presence.None : Presence.Lives, KernelStartTime.Unknown);
    }

    /// <summary>True when no process has the pid, by kill(2), which needs no descriptor. One that is not reaped still has it.</summary>
    public static bool HasNoProcess(int pid) => LibcProcess.Kill(pid, 0) != 0 && Marshal.GetLastPInvokeError() == LibcProcess.ESRCH;

    /// <summary>Whether it is the process that was started then, alive or not yet reaped.</summary>
    /// <returns>Null where that cannot be said: ask again later.</returns>
    public bool? Is(long startTime) => Presence switch
    {
        Presence.None => false,
        Presence.Unclear => null,
        _ when StartTime == startTime => true,
        _ => startTime == KernelStartTime.Unknown ? null : false,
    };

    /// <summary>Whether the process that was started then has ended.</summary>
    /// <inheritdoc cref="Is"/>
    public bool? HasEnded(long startTime) => Is(startTime) switch
    {
        true => Presence == Presence.Ended,
        false => true,
        null => null,
    };

    private static SeenProcess OnLinux(int pid)
    {
        switch (ProcessStat.Read(pid, out var stat))
        {
            case 0:
                return new SeenProcess(stat.HasEnded ? Presence.Ended : Presence.Lives, stat.StartTime);
            case LibcErrno.ENOENT or LibcProcess.ESRCH when HasNoProcess(pid):
                return new SeenProcess(Presence.None, KernelStartTime.Unknown);
            default:
                // A /proc that hides processes has no file for one that lives.
                return default;
        }
    }

    [SupportedOSPlatform("windows")]
    private static SeenProcess OnWindows(int pid)
    {
        using var process = Kernel32Processes.Open(pid);
        if (process.IsInvalid) return new SeenProcess(Marshal.GetLastPInvokeError() == Win32Error.INVALID_PARAMETER ? Presence.None : Presence.Unclear, KernelStartTime.Unknown);
        var hasEnded = Kernel32Processes.HasEnded(process);
        var created = Kernel32Processes.CreationTime(process);
        if (hasEnded) return new SeenProcess(Presence.Ended, created);
        return created == KernelStartTime.Unknown ? default : new SeenProcess(Presence.Lives, created);
    }
}
