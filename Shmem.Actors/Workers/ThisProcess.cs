using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>The process that this code runs in.</summary>
public static class ThisProcess
{
    /// <summary>As a holder of leases.</summary>
    /// <param name="processNumber">Its number in the campaign; the broker's is 0.</param>
    public static HolderId AsHolder(long processNumber) => new(processNumber, Environment.ProcessId, KernelStartTime.Of(Environment.ProcessId));
}
