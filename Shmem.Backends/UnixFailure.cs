using System.Globalization;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Backends;

/// <summary>Turns the errno of a system call into an exception that names the call, the limit that was met and its value, and the remedy.</summary>
internal static class UnixFailure
{
    /// <summary>The exception for the last system call of this thread.</summary>
    public static ShMemException Of(string call, string purpose) => Of(call, purpose, Marshal.GetLastPInvokeError());

    public static ShMemException Of(string call, string purpose, int errno)
    {
        var operation = $"{purpose}: {call}";
        return errno switch
        {
            _ when errno is LibcErrno.ENOENT or LibcErrno.ENXIO || errno == LibcErrno.EIDRM => ShMemException.Os(ShMemError.NotFound, operation, errno,
                "Its owner released it or is gone: ask for a new description."),
            LibcErrno.EACCES or LibcErrno.EPERM => ShMemException.Os(ShMemError.Denied, operation, errno,
                "Open it as the user who created it, in the same namespaces; a seccomp filter or a container may refuse it too."),
            LibcErrno.EROFS => ShMemException.Os(ShMemError.Denied, operation, errno,
                "Its file system is mounted for reading only: mount it for writing ('mount -o remount,rw'), or use another backend."),
            LibcErrno.EMFILE => ShMemException.Os(ShMemError.LimitReached, operation, errno,
                $"This process has as many open files as it may ({LibcLimits.OpenFiles}): raise 'ulimit -n', or dispose segments."),
            LibcErrno.ENFILE => ShMemException.Os(ShMemError.LimitReached, operation, errno,
                $"The system has too many open files: raise fs.file-max ({Setting("fs/file-max")})."),
            LibcErrno.ENOMEM => ShMemException.Os(ShMemError.LimitReached, operation, errno,
                $"Not enough memory or address space, or vm.max_map_count ({Setting("vm/max_map_count")}) mappings: ask for less, or raise it."),
            LibcErrno.ENOSPC => ShMemException.Os(ShMemError.LimitReached, operation, errno,
                "Its file system has no room or no inode left ('df', 'df -i'): make room there."),
            LibcErrno.EFBIG => ShMemException.Os(ShMemError.LimitReached, operation, errno,
                "No file may be that long here: ask for less, or raise 'ulimit -f'."),
            _ when errno == LibcErrno.ENOSYS => ShMemException.Os(ShMemError.Unsupported, operation, errno,
                "This kernel has no such call: use another backend."),
            _ => ShMemException.Os(ShMemError.Os, operation, errno, "See the manual page of the call."),
        };
    }

    /// <summary>The value of a kernel setting, for messages.</summary>
    /// <param name="path">Below /proc/sys, such as <c>kernel/shmmni</c>.</param>
    public static string Setting(string path)
    {
        try
        {
            return string.Create(CultureInfo.InvariantCulture, $"now {File.ReadAllText("/proc/sys/" + path).Trim()}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "its value cannot be read";
        }
    }
}
