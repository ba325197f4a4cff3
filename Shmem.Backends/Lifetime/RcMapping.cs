namespace Shmem.Backends.Lifetime;

/// <summary>A user's view of a segment of an <see cref="RcShMemProvider"/>, which is told when it ends. Owns the view that it was made over.</summary>
internal sealed unsafe class RcMapping(RcShMemProvider provider, ShMem view) : SafeMapping((nint)view.Pointer)
{
    protected override bool ReleaseHandle()
    {
        provider.Ended(view);
        return true;
    }
}
