namespace Shmem.Actors;

/// <summary>The time limits of the control plane.</summary>
public static class TimeLimits
{
    /// <summary>How long to wait for the answer to a request, on every Ask: 10 s. An answer on a busy machine takes milliseconds.</summary>
    public static readonly TimeSpan Ask = TimeSpan.FromSeconds(10);
}
