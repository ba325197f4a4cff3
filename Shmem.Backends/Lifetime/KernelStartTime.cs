using Shmem.Backends.Interop;

namespace Shmem.Backends.Lifetime;

/// <summary>
/// When the kernel started a process: with the pid it names one incarnation for good. Every reader sees the same number, unlike with
/// <c>Process.StartTime</c>, which each computes from its own clock.
/// </summary>
internal static class KernelStartTime
{
    /// <summary>What stands for "not known": the process is gone, or the system does not tell (macOS).</summary>
    public const long Unknown = 0;

    /// <summary>
    /// Clock ticks since boot, on Windows units of 100 ns since 1601, or <see cref="Unknown"/>. A process that is dead but not yet reaped still has one.
    /// </summary>
    public static long Of(int pid)
    {
        if (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid()) return ProcessStat.Read(pid, out var stat) == 0 ? stat.StartTime : Unknown;
        if (!OperatingSystem.IsWindows()) return Unknown;
        using var process = Kernel32Processes.Open(pid);
        return process.IsInvalid ? Unknown : Kernel32Processes.CreationTime(process);
    }
}
