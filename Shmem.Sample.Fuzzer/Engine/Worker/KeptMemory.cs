using System.Diagnostics;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// Whether what the target keeps from one execution to the next (caches, lists that only grow) has left so little of the heap's limit that a new process had
/// better go on. Near the limit the garbage collector works for every execution, and at it each one fails, whatever its input. Begins with its first look.
/// </summary>
internal sealed class KeptMemory
{
    // A target that fills its heap sooner does so again: its executions are to show that.
    private static readonly TimeSpan Soonest = TimeSpan.FromSeconds(5);

    private long? _start;
    private long _atStart;
    private int _collections;

    /// <summary>True where half of the limit is in use, as of the last collection: a list that doubles fails there already.</summary>
    public static bool IsHalfInUse()
    {
        var memory = GC.GetGCMemoryInfo();
        return InUse(memory) >= memory.TotalAvailableMemoryBytes / 2;
    }

    /// <summary>
    /// True where half of the limit is in use after a collection, and a quarter has been added since the first look: what is there from the beginning a new
    /// process would have as well. Collects only where half was in use before.
    /// </summary>
    public bool IsTooMuch()
    {
        if (_start is not { } start)
        {
            _start = Stopwatch.GetTimestamp();
            _atStart = InUse(GC.GetGCMemoryInfo());
            return false;
        }

        // What is in use is told as of the last collection: without another one there is no news, and asking allocates.
        var collections = GC.CollectionCount(0);
        if (collections == _collections || Stopwatch.GetElapsedTime(start) < Soonest) return false;
        _collections = collections;
        if (!IsHalfInUse()) return false;
        GC.Collect();
        var memory = GC.GetGCMemoryInfo();
        return IsHalfInUse() && InUse(memory) - _atStart >= memory.TotalAvailableMemoryBytes / 4;
    }

    private static long InUse(in GCMemoryInfo memory) => memory.HeapSizeBytes - memory.FragmentedBytes;
}
