using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>A mapping of a served segment. Its end is told to the service.</summary>
internal sealed class ServedMapping(nint start, long length, ServiceConnection connection, ShMemId id) : SafeMapping(start)
{
    private bool _isEnding;

    public override void End()
    {
        _isEnding = true;
        Dispose();
    }

    protected override bool ReleaseHandle()
    {
        var unmapped = LibcMemory.Unmap(handle, (nuint)length) == 0;
        // The finalizer of a lost view must not wait for a service.
        if (_isEnding) connection.Release(id);
        else ThreadPool.QueueUserWorkItem(_ => connection.Release(id));
        return unmapped;
    }
}
