using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Interop;

/// <summary>Job objects: processes that end together. Constants and structures from winnt.h.</summary>
[SupportedOSPlatform("windows")]
internal static unsafe partial class Kernel32Jobs
{
    private const int JobObjectExtendedLimitInformation = 9;
    private const uint JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE = 0x2000;

    /// <summary>What GetCurrentProcess returns, a handle that needs no closing.</summary>
    private const nint Self = -1;

    /// <summary>
    /// Puts this process into a new job, which what it starts from now on is born into. With the last handle of the job the system ends all of its processes; nobody else has
    /// one, so that happens when this process ends, however it does. (Jobs nest since Windows 8.)
    /// </summary>
    /// <returns>The handle, which the caller keeps: closing it ends the process. Invalid with the last error set on failure.</returns>
    public static SafeFileHandle JoinNew()
    {
        var job = CreateJobObjectW(0, 0);
        if (job.IsInvalid) return job;

        var limits = new ExtendedLimits { LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE };
        // SAFETY: the structure is read during the call only, and its size is told.
        if (SetInformationJobObject(job, JobObjectExtendedLimitInformation, &limits, (uint)sizeof(ExtendedLimits)) != 0 && AssignProcessToJobObject(job, Self) != 0) return job;

        var error = Marshal.GetLastPInvokeError();
        job.Dispose(); // This process is not in it.
        Marshal.SetLastPInvokeError(error);
        return new SafeFileHandle();
    }

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial SafeFileHandle CreateJobObjectW(nint attributes, nint name);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int SetInformationJobObject(SafeFileHandle job, int kind, ExtendedLimits* limits, uint size);

    [LibraryImport("kernel32", SetLastError = true)]
    private static partial int AssignProcessToJobObject(SafeFileHandle job, nint process);

    /// <summary>JOBOBJECT_EXTENDED_LIMIT_INFORMATION: the basic limits, six counters of I/O, and four sizes of memory.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct ExtendedLimits
    {
        public long PerProcessUserTimeLimit;
        public long PerJobUserTimeLimit;
        public uint LimitFlags;
        public nuint MinimumWorkingSetSize;
        public nuint MaximumWorkingSetSize;
        public uint ActiveProcessLimit;
        public nuint Affinity;
        public uint PriorityClass;
        public uint SchedulingClass;
        public fixed ulong IoCounters[6];
        public fixed ulong Memory[4];
    }
}
