using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Backends;

/// <summary>Gives a new segment's pages their memory, before anything else uses it.</summary>
internal static unsafe class Prefaulting
{
    /// <exception cref="ShMemException">There is not that much memory.</exception>
    public static void Touch(ShMem segment)
    {
        var start = segment.Pointer;
        if (OperatingSystem.IsLinux())
        {
            // Whole pages, since a mapping may begin within one.
            var before = (nuint)start % (nuint)Environment.SystemPageSize;
            int errno;
            do errno = LibcMemory.Populate((nint)(start - before), (nuint)segment.Length + before) == 0 ? 0 : Marshal.GetLastPInvokeError();
            while (errno == LibcErrno.EINTR);
            if (errno == 0) return;
            // EINVAL: Linux before 5.14 has no such advice.
            if (errno != LibcErrno.EINVAL)
            {
                // ENOMEM; EFAULT where a touch would be a SIGBUS.
                throw ShMemException.Os(ShMemError.LimitReached, $"prefault {segment}: madvise(MADV_POPULATE_WRITE)", errno,
                    "There is not that much memory: ask for less, or create it without the option.");
            }
        }

        // SAFETY: each byte lies within the mapping, which the caller's view keeps; nobody else knows the segment, and all of it is zero.
        for (var page = 0L; page < segment.Length; page += Environment.SystemPageSize) Volatile.Write(ref start[page], 0);
        Volatile.Write(ref start[segment.Length - 1], 0);
    }
}
