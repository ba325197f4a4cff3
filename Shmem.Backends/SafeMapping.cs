using System.Runtime.InteropServices;

namespace Shmem.Backends;

/// <summary>The mapping of a segment and what keeps the segment openable.</summary>
internal abstract class SafeMapping() : SafeHandle(0, ownsHandle: true)
{
    protected SafeMapping(nint start) : this() => SetHandle(start);

    public override bool IsInvalid => handle is 0 or -1;

    /// <summary>Lets the owner's segment outlive its holders; refused where nothing does.</summary>
    public virtual void Persist(in ShMemDescription description) => throw new ShMemException(ShMemError.Unsupported, $"persist {description.Id}",
        $"a segment of {description.Id.Scheme} goes with its last holder",
        OperatingSystem.IsLinux() ? $"Create it with new {nameof(StdShMemProvider)}(\"posix\"), or keep a process that holds it." : "Keep a process that holds it.");

    /// <summary>Lets the system take pages away when memory is short; refused where it cannot be told.</summary>
    public virtual void Unpin(in ShMemDescription description, long offset, long length) => throw CannotPin(description, "unpin");

    /// <summary>Keeps pages from being taken away; refused where they never are.</summary>
    /// <returns>True where some have been.</returns>
    public virtual bool Pin(in ShMemDescription description, long offset, long length) => throw CannotPin(description, "pin");

    private static ShMemException CannotPin(in ShMemDescription description, string verb) => new(ShMemError.Unsupported, $"{verb} pages of {description.Id}",
        "only a region of Android's ashmem has pages that can be taken away", "Do without: no other segment loses its bytes.");

    /// <summary>Releases it. Its only owner calls this, once, and does not touch it again.</summary>
    public virtual void End() => Dispose();
}
