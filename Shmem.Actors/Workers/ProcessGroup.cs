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

    /// <summary>Kills a child that has not been reaped, and its group once it has one.</summary>
    public static void Kill(int pid, long startTime)
    {
        if (KernelStartTime.Of(pid) != startTime) return;
        _ = LibcProcess.Kill(-pid, LibcProcess.SIGKILL);
        _ = LibcProcess.Kill(pid, LibcProcess.SIGKILL);
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
        using var own = System.Diagnostics.Process.GetCurrentProcess();
        own.Kill();
    }
}
