using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Memfd;

/// <summary>
/// Copies descriptors of other processes (pidfd_getfd(2)): a third of what opening them anew costs. A copy is as its owner opened it, for reading and
/// writing, and nothing behind a foreign number is opened by it, no device and no FIFO.
/// </summary>
/// <remarks>
/// It takes the right to trace the owner, which is more than the right to look into its <c>/proc</c>: Yama, a container's filter or an older kernel may
/// refuse it among processes of one user. Then this stops trying, with that process or with all, and <see cref="ProcessDescriptors"/> opens them.
/// </remarks>
[SupportedOSPlatform("linux")]
internal static class DescriptorCopies
{
    private static readonly KeptHandles Kept = new();

    private static volatile bool _isRefused = YamaRefuses();

    /// <summary>A descriptor of our own for the open file, which the caller disposes; or an invalid one: open it, which tells why not.</summary>
    public static Descriptor TryCopy(in MemfdId id)
    {
        if (_isRefused) return new Descriptor(-1);
        if (!Kept.TryGet(id.Process, out var process) && (process = TryKeep(id.Process)) is null) return new Descriptor(-1);
        if (process.IsInvalid || !KeptHandles.TryHold(process)) return new Descriptor(-1);
        // No try and finally: the JIT calls libc directly outside of one only, and nothing here throws.
        var copy = LibcPidfd.Copy((int)process.DangerousGetHandle(), id.Descriptor);
        process.DangerousRelease();
        if (copy.IsInvalid) NotCopied(id.Process, process, Marshal.GetLastPInvokeError());
        return copy;
    }

    private static SafeFileHandle? TryKeep(int pid)
    {
        var number = LibcPidfd.Open(pid);
        if (number < 0)
        {
            // A filter may answer EPERM for a call that it does not know.
            _isRefused |= Marshal.GetLastPInvokeError() is var errno && (errno == LibcErrno.ENOSYS || errno == LibcErrno.EPERM);
            return null;
        }

        var process = new SafeFileHandle(number, ownsHandle: true);
        if (Kept.TryKeep(pid, process)) return process;
        process.Dispose();
        return null;
    }

    private static void NotCopied(int pid, SafeFileHandle process, int errno)
    {
        _isRefused |= errno == LibcErrno.ENOSYS;
        Kept.Drop(pid, process);
        // An invalid handle stands for a process that lets nobody copy.
        if (errno == LibcErrno.EPERM) Kept.TryKeep(pid, new SafeFileHandle(-1, ownsHandle: false));
    }

    /// <summary>
    /// From 1 on a process may be traced by its ancestors only, and each trial is written to the kernel's log (Documentation/admin-guide/LSM/Yama.rst).
    /// </summary>
    private static bool YamaRefuses()
    {
        try
        {
            return !File.ReadAllText("/proc/sys/kernel/yama/ptrace_scope").StartsWith('0');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
