using System.Runtime.InteropServices;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>
/// The children that their parents have reported and that have no connection yet, by a pidfd each, which becomes readable when the process has ended. Where the
/// system has none, or no descriptor is left, nothing watches, and the fork's time limit ends it. Not thread-safe: the service's one thread uses it.
/// </summary>
internal sealed class ChildWatch : IDisposable
{
    private readonly List<(HolderId Child, int Descriptor)> _children = [];

    public int Count => _children.Count;

    public (HolderId Child, int Descriptor) this[int index] => _children[index];

    /// <summary>Begins to watch a child.</summary>
    /// <returns>False where it is gone already.</returns>
    public bool TryAdd(HolderId child)
    {
        if (!OperatingSystem.IsLinux() && !OperatingSystem.IsAndroid()) return true;
        // A pid is a child's until its parent, which has just reported it, has waited for it. A thread's number and the negative ones have none.
        var descriptor = LibcPidfd.Open(child.Pid);
        if (descriptor < 0) return Marshal.GetLastPInvokeError() != LibcProcess.ESRCH;
        _children.Add((child, descriptor));
        return true;
    }

    /// <summary>Its fork has ended. Does nothing for one that is not watched.</summary>
    public void Remove(HolderId child)
    {
        var index = _children.FindIndex(known => known.Child == child);
        if (index < 0) return;
        _ = LibcFile.Close(_children[index].Descriptor);
        _children.RemoveAt(index);
    }

    public void Dispose()
    {
        foreach (var (_, descriptor) in _children) _ = LibcFile.Close(descriptor);
        _children.Clear();
    }
}
