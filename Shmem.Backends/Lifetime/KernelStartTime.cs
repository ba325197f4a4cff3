namespace Shmem.Backends.Lifetime;

/// <summary>
/// When the kernel started a process: with the pid it names one incarnation for good. Every reader sees the same number, unlike with
/// <c>Process.StartTime</c>, which each computes from its own clock.
/// </summary>
internal static class KernelStartTime
{
    /// <summary>What stands for "not known": the process is gone, could not be looked at, or the system does not tell (macOS).</summary>
    public const long Unknown = 0;

    /// <summary>
    /// Clock ticks since boot, on Windows units of 100 ns since 1601, or <see cref="Unknown"/>. A process that is dead but not yet reaped still has one.
    /// </summary>
    /// <remarks>It cannot tell "gone" from "cannot be seen now"; <see cref="SeenProcess"/> can.</remarks>
    public static long Of(int pid) => SeenProcess.Of(pid).StartTime;
}
