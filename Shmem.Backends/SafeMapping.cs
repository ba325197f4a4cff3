using System.Runtime.InteropServices;

namespace Shmem.Backends;

/// <summary>The mapping of a segment and what keeps the segment openable.</summary>
internal abstract class SafeMapping() : SafeHandle(0, ownsHandle: true)
{
    protected SafeMapping(nint start) : this() => SetHandle(start);

    public override bool IsInvalid => handle is 0 or -1;

    /// <summary>Releases it. Its only owner calls this, once, and does not touch it again.</summary>
    public virtual void End() => Dispose();
}
