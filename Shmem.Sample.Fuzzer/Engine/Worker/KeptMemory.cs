using System.Diagnostics;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// Whether what the target keeps from one execution to the next (caches, lists that only grow) has left so little of the heap's limit that a new process had
/// better go on. Near the limit the garbage collector works for every execution, and at it each one fails, whatever its input.
/// </summary>
internal sealed class KeptMemory
{
    // A target that fills its heap sooner does so again: its executions are to show that.
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(5);

    private readonly long _start = Stopwatch.GetTimestamp();

    /// <summary>
    /// True where half of the limit is in use after a collection: a list that doubles fails there already. Collects only where it was in use before.
    /// </summary>
    public bool IsTooMuch() => Stopwatch.GetElapsedTime(_start) >= Soonest && IsHalfInUse() && IsHalfInUse(collect: true);

    private static bool IsHalfInUse(bool collect = false)
    {
        if (collect) GC.Collect();
        // As of the last collection.
        var memory = GC.GetGCMemoryInfo();
        return memory.HeapSizeBytes >= memory.TotalAvailableMemoryBytes / 2;
    }
}
