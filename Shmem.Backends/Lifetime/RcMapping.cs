namespace Shmem.Backends.Lifetime;

/// <summary>A user's view of a segment of an <see cref="RcShMemProvider"/>, which is told when it ends. Owns the view that it was made over.</summary>
internal sealed unsafe class RcMapping(RcShMemProvider provider, ShMem view) : SafeMapping((nint)view.Pointer)
{
    private bool _isEnding;

    public override void End()
    {
        _isEnding = true;
        Dispose();
    }

    protected override bool ReleaseHandle()
    {
        // The finalizer of a lost view must not wait for a service, nor for whoever waits for one.
        if (_isEnding) provider.Ended(view);
        else ThreadPool.QueueUserWorkItem(_ => provider.Ended(view));
        return true;
    }
}
