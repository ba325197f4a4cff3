using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Actors.Workers;

/// <summary>
/// SIGKILL for a worker and all that it started: each worker leads a process group of its own. A pid whose process was reaped may belong to a
/// stranger, so nothing is signalled before it is known to be ours still.
/// </summary>
internal static class ProcessGroup
{
    /// <summary>Makes this process the leader of its own session, which no terminal's Ctrl-C reaches.</summary>
    public static void Lead()
    {
        // EPERM: it leads a group already (a shell with job control started it), which serves as well.
        if (!OperatingSystem.IsWindows()) _ = LibcProcess.SetSid();
    }

    /// <summary>
    /// Kills a process that still is the one which was started then, and its group once it leads one: no other group has a living process's number.
    /// </summary>
    public static void Kill(int pid, long startTime)
    {
        if (OperatingSystem.IsWindows())
        {
            KillOnWindows(pid, startTime);
            return;
        }

        if (KernelStartTime.Of(pid) != startTime) return;
        _ = LibcProcess.Kill(-pid, LibcProcess.SIGKILL);
        _ = LibcProcess.Kill(pid, LibcProcess.SIGKILL);
    }

    /// <summary>Kills a process with all that descends from it, for Windows, which has no groups. What has ended already is left alone.</summary>
    public static void KillTree(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (Exception lost) when (lost is ArgumentException or AggregateException or Win32Exception or InvalidOperationException)
        {
            // Who descends from whom is found out by the start times of all processes, of which one that is ending may have none (seen under Wine).
            process.Kill();
        }
    }

    /// <summary>Kills what a reaped child has left of its group.</summary>
    /// <remarks>While members are left the kernel gives the group's number to nobody. If a process bears it, the group was empty.</remarks>
    public static void KillOrphans(int pid)
    {
        if (LibcProcess.Kill(pid, 0) == 0 || Marshal.GetLastPInvokeError() != LibcProcess.ESRCH) return;
        _ = LibcProcess.Kill(-pid, LibcProcess.SIGKILL);
    }

    /// <summary>Kills this process and its group. Not <c>Environment.Exit</c>, which runs code of the target and may hang.</summary>
    public static void KillOwn()
    {
        if (!OperatingSystem.IsWindows()) _ = LibcProcess.Kill(0, LibcProcess.SIGKILL);
        using var own = Process.GetCurrentProcess();
        own.Kill();
    }

    private static void KillOnWindows(int pid, long startTime)
    {
        try
        {
            using var process = Process.GetProcessById(pid);
            // While its handle is open, no other process gets the pid.
            _ = process.SafeHandle;
            if (KernelStartTime.Of(pid) == startTime) KillTree(process);
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile, or is not ours to kill; the caller waits for its end.
        }
    }
}
