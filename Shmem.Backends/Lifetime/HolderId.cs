namespace Shmem.Backends.Lifetime;

/// <summary>One incarnation of a process. A later process with the same number or pid is another holder.</summary>
/// <param name="ProcessNumber">The number that the campaign gave it; never given twice. The broker itself is 0.</param>
/// <param name="Pid">Its pid.</param>
/// <param name="KernelStartTime">
/// When the kernel started it: on Linux in clock ticks since boot (field 22 of <c>/proc/PID/stat</c>), on Windows in units of 100 ns since 1601, elsewhere 0.
/// </param>
public readonly record struct HolderId(long ProcessNumber, int Pid, long KernelStartTime)
{
    /// <summary>A process that lives, or that nobody has waited for yet: afterwards its start time is not known, and is 0.</summary>
    /// <param name="processNumber">The number that the campaign, or <see cref="PreparedFork.ChildNumber"/>, gave it.</param>
    /// <param name="pid">Its pid.</param>
    /// <exception cref="ShMemException">The system does not say when it was started, no descriptor being left, say.</exception>
    public static HolderId Of(long processNumber, int pid)
    {
        var seen = SeenProcess.Of(pid);
        if (seen.Presence != Presence.Unclear) return new HolderId(processNumber, pid, seen.StartTime);
        throw new ShMemException(ShMemError.LimitReached, $"identify process {pid}", "the system does not say when it was started",
            "Where descriptors are short, raise 'ulimit -n'; where /proc hides processes, let it show those of this user.");
    }

    /// <summary>The number and the pid, for logs.</summary>
    public override string ToString() => $"process {ProcessNumber} (pid {Pid})";
}
