using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// SIGKILL for a worker and all that it started: each worker leads a process group of its own, or is alone in a job of its own on Windows, which ends with it. A
/// pid whose process was reaped may belong to a stranger, so nothing is signalled before it is known to be ours still.
/// </summary>
internal static class ProcessGroup
{
    private static readonly TimeSpan TryAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <summary>Never closed: what this process started ends with it because the system closes it then.</summary>
    private static SafeHandle? _job;

    /// <summary>Makes this process the leader of its own session, which no terminal's Ctrl-C reaches, or gives it its own job on Windows.</summary>
    /// <exception cref="Win32Exception">Windows gives it none: it stands in a job that allows none within it.</exception>
    public static void Lead()
    {
        if (OperatingSystem.IsWindows())
        {
            _job ??= Kernel32Jobs.JoinNew();
            if (_job.IsInvalid) throw new Win32Exception();
            return;
        }

        // EPERM: it leads a group already (a shell with job control started it), which serves as well.
        _ = LibcProcess.SetSid();
    }

    /// <summary>
    /// Kills a process that still is the one which was started then, and its group once it leads one: no other group has a living process's number.
    /// </summary>
    /// <returns>False where the system does not say whether it still is that process: nothing was done, and it may live.</returns>
    public static bool Kill(int pid, long startTime)
    {
        if (OperatingSystem.IsWindows())
        {
            KillOnWindows(pid, startTime);
            return true;
        }

        switch (SeenProcess.Of(pid).Is(startTime))
        {
            case null:
                return false;
            case true:
                KillLeader(pid);
                break;
        }

        return true;
    }

    /// <summary>Kills it as <see cref="Kill(int,long)"/> does, and tries again while the system does not say whether it still is that process.</summary>
    /// <param name="process">The process.</param>
    /// <param name="gone">Ends when it is gone.</param>
    public static async Task KillAsync(HolderId process, Task gone)
    {
        while (!gone.IsCompleted && !Kill(process.Pid, process.KernelStartTime))
            await Task.WhenAny(gone, Task.Delay(TryAgainAfter)).ConfigureAwait(false);
    }

    /// <summary>Kills a process that is known to have this pid, and its group once it leads one. Not for Windows.</summary>
    public static void KillLeader(int pid)
    {
        _ = LibcProcess.Kill(-pid, LibcProcess.SIGKILL);
        _ = LibcProcess.Kill(pid, LibcProcess.SIGKILL);
    }

    /// <summary>Kills a child of this process by its handle, for Windows, where its job ends with it. Does nothing when it is ending already.</summary>
    public static void Kill(Process process)
    {
        try
        {
            process.Kill();
        }
        catch (Exception ending) when (ending is Win32Exception or InvalidOperationException)
        {
            // TerminateProcess refuses what is ending already; the caller waits for its end.
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
            if (KernelStartTime.Of(pid) == startTime) process.Kill();
        }
        catch (Exception gone) when (gone is ArgumentException or InvalidOperationException or Win32Exception)
        {
            // It has ended meanwhile, or is not ours to kill; the caller waits for its end.
        }
    }
}
