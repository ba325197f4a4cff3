using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>The death of a process that somebody else started, as the operating system tells it.</summary>
internal static class ProcessDeath
{
    /// <summary>Ends when the process is gone, at once where it is gone already or its pid is another one's. A process that nobody has reaped is gone. One at which nobody can look is not.</summary>
    /// <param name="process">The process; where its start time is <see cref="KernelStartTime.Unknown"/>, whoever has the pid now.</param>
    public static Task Of(HolderId process) =>
        OperatingSystem.IsLinux() || OperatingSystem.IsAndroid() ? ByDescriptor(process) ?? LookAsync(process) : OfAny(process);

    /// <summary>It does nothing but wait; forks that live are few.</summary>
    private const int StackSize = 128 * 1024;

    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMilliseconds(100);

    /// <returns>Null where no descriptor is to be had, or no thread.</returns>
    [UnsupportedOSPlatform("macos")]
    private static Task? ByDescriptor(HolderId process)
    {
        var descriptor = LibcPidfd.Open(process.Pid);
        if (descriptor < 0) return Marshal.GetLastPInvokeError() == LibcProcess.ESRCH ? Task.CompletedTask : null;
        // The descriptor is for whoever has the pid now. If that is the process, it stays so.
        var isIt = IsIt(process);
        if (isIt == false)
        {
            LibcFile.Close(descriptor);
            return Task.CompletedTask;
        }

        var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            new Thread(() => Wait(descriptor, process, isIt, gone), StackSize) { IsBackground = true, Name = $"death of {process.Pid}" }.Start();
        }
        catch (OutOfMemoryException)
        {
            // A thread's start takes descriptors, too.
            LibcFile.Close(descriptor);
            return null;
        }

        return gone.Task;
    }

    /// <summary>Owns the descriptor.</summary>
    /// <param name="descriptor">Whoever had the process's pid.</param>
    /// <param name="process">The process.</param>
    /// <param name="isIt">Whether they are the same; null where the system has not said, having no further descriptor for the look, say. Then it is asked until it does.</param>
    /// <param name="gone">Is told.</param>
    private static void Wait(int descriptor, HolderId process, bool? isIt, TaskCompletionSource gone)
    {
        try
        {
            // A wait without limit ends early only by a signal: the descriptor is ours alone.
            while (isIt != false && !LibcPidfd.WaitForExit(descriptor, isIt is null ? (int)LookAgainAfter.TotalMilliseconds : -1)) isIt ??= IsIt(process);
        }
        finally
        {
            LibcFile.Close(descriptor);
        }

        gone.TrySetResult();
    }

    /// <summary>Looks now and then: on a kernel without pidfds, and until there is a descriptor again.</summary>
    [UnsupportedOSPlatform("macos")]
    private static async Task LookAsync(HolderId process)
    {
        Task? gone = null;
        while (gone is null && !HasEnded(process))
        {
            await Task.Delay(LookAgainAfter).ConfigureAwait(false);
            gone = ByDescriptor(process);
        }

        if (gone is not null) await gone.ConfigureAwait(false);
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
            if (IsIt(holder) == false) return;
            var gone = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            process.Exited += (_, _) => gone.TrySetResult();
            process.EnableRaisingEvents = true;
            // The runtime's handle is for whoever has the pid now. If that is the process, it stays so.
            if (IsIt(holder) != false) await gone.Task.ConfigureAwait(false);
        }
    }

    /// <returns>Null where the system does not say.</returns>
    private static bool? IsIt(HolderId process) =>
        process.KernelStartTime == KernelStartTime.Unknown ? true : SeenProcess.Of(process.Pid).Is(process.KernelStartTime);

    private static bool HasEnded(HolderId process)
    {
        var seen = SeenProcess.Of(process.Pid);
        return seen.Presence == Presence.Ended || seen.HasEnded(process.KernelStartTime) == true;
    }
}
