using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>
/// When the kernel started a process: with the pid it names one incarnation for good. Every reader sees the same number, unlike with
/// <c>Process.StartTime</c>, which each computes from its own clock.
/// </summary>
internal static class KernelStartTime
{
    /// <summary>What stands for "not known": the process is gone, or the system has no <c>/proc</c>.</summary>
    public const long Unknown = 0;

    /// <summary>Clock ticks since boot, or <see cref="Unknown"/>. A process that is dead but not yet reaped still has one.</summary>
    public static long Of(int pid) =>
        (OperatingSystem.IsLinux() || OperatingSystem.IsAndroid()) && ProcessStat.Read(pid, out var stat) == 0 ? stat.StartTime : Unknown;
}
