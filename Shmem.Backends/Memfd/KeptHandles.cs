using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Microsoft.Win32.SafeHandles;

namespace Shmem.Backends.Memfd;

/// <summary>Handles of other processes, one for each pid. Each stays with its process: it never reaches a later one with the same pid. Thread-safe.</summary>
internal sealed class KeptHandles
{
    /// <summary>More processes than a campaign has; most of more are dead, and all begins anew.</summary>
    private const int MostKept = 256;

    private readonly ConcurrentDictionary<int, SafeFileHandle> _kept = new();

    public bool TryGet(int pid, [NotNullWhen(true)] out SafeFileHandle? handle) => _kept.TryGetValue(pid, out handle);

    /// <summary>Takes a handle over.</summary>
    /// <returns>False where the process has one by now: the caller keeps its own.</returns>
    public bool TryKeep(int pid, SafeFileHandle handle)
    {
        if (_kept.Count >= MostKept)
            foreach (var (other, dead) in _kept) Drop(other, dead);
        return _kept.TryAdd(pid, handle);
    }

    /// <summary>Ends a handle, unless another thread has done so.</summary>
    public void Drop(int pid, SafeFileHandle handle)
    {
        if (_kept.TryRemove(KeyValuePair.Create(pid, handle))) handle.Dispose();
    }

    /// <summary>Holds a handle, which the caller releases; false where another thread has just dropped it.</summary>
    public static bool TryHold(SafeFileHandle handle)
    {
        var held = false;
        try
        {
            handle.DangerousAddRef(ref held);
        }
        catch (ObjectDisposedException)
        {
        }

        return held;
    }
}
