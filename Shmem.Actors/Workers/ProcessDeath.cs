using System.Diagnostics;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>The death of a process that somebody else started, as the operating system tells it.</summary>
internal static class ProcessDeath
{
    /// <summary>Ends when the process is gone, at once where it is gone already or its pid is another one's. A process that nobody has reaped is gone.</summary>
    /// <param name="process">The process; where its start time is <see cref="KernelStartTime.Unknown"/>, whoever has the pid now.</param>
    public static Task Of(HolderId process)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsAndroid()) return OfAny(process);
        var descriptor = LibcPidfd.Open(process.Pid);
        if (descriptor < 0) return Marshal.GetLastPInvokeError() == LibcProcess.ESRCH ? Task.CompletedTask : OfAny(process);
        // The descriptor is for whoever has the pid now. If that is the process, it stays so.
        if (IsAnother(process))
        {
            LibcFile.Close(descriptor);
            return Task.CompletedTask;
        }

        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        new Thread(() => Wait(descriptor, gone), StackSize) { IsBackground = true, Name = $"death of {process.Pid}" }.Start();
        return gone.Task;
    }

    /// <summary>It does nothing but wait; forks that live are few.</summary>
    private const int StackSize = 128 * 1024;

    /// <summary>Owns the descriptor.</summary>
    private static void Wait(int descriptor, TaskCompletionSource gone)
    {
        try
        {
            while (!LibcPidfd.WaitForExit(descriptor))
            {
                // A signal came in between. Nothing else can: the descriptor is ours alone.
            }
        }
        finally
        {
            LibcFile.Close(descriptor);
        }

        gone.TrySetResult();
    }

    /// <summary>Where there are no pidfds: the runtime holds a process handle (Windows), or looks now and then (macOS).</summary>
    private static async Task OfAny(HolderId holder)
    {
        Process process;
        try
        {
            process = Process.GetProcessById(holder.Pid);
        }
        catch (ArgumentException)
        {
            return;
        }

        using (process)
        {
            if (IsAnother(holder)) return;
            var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            process.Exited += (_, _) => gone.TrySetResult();
            process.EnableRaisingEvents = true;
            // The runtime's handle is for whoever has the pid now. If that is the process, it stays so.
            if (!IsAnother(holder)) await gone.Task.ConfigureAwait(false);
        }
    }

    private static bool IsAnother(HolderId process) =>
        process.KernelStartTime != KernelStartTime.Unknown && KernelStartTime.Of(process.Pid) != process.KernelStartTime;
}
