using Shmem.Backends.Interop;

namespace Shmem.Backends.Heap;

/// <summary>Pages of their own between two that may not be touched; the usable bytes end, or begin, exactly at one of these.</summary>
internal sealed class GuardedHeapMemory : HeapMemory
{
    private readonly nint _reservation;
    private readonly nuint _length;

    public GuardedHeapMemory(long size, ShMemGuard guard) : base(size)
    {
        var page = Environment.SystemPageSize;
        if (size > long.MaxValue - 3L * page) return;
        var usable = (size + page - 1) / page * page;
        _length = (nuint)(usable + 2L * page);
        _reservation = Reserve(_length);
        if (_reservation is 0 or -1) return;
        if (Allow(_reservation + page, (nuint)usable)) SetHandle(_reservation + page + (guard == ShMemGuard.After ? (nint)(usable - size) : 0));
        else Release();
    }

    protected override bool ReleaseHandle() => Release();

    private bool Release() => OperatingSystem.IsWindows() ? Kernel32Pages.Free(_reservation) : LibcMemory.Unmap(_reservation, _length) == 0;

    private static nint Reserve(nuint length) => OperatingSystem.IsWindows() ? Kernel32Pages.Reserve(length) : LibcMemory.Reserve(length);

    private static bool Allow(nint address, nuint length) =>
        OperatingSystem.IsWindows() ? Kernel32Pages.Commit(address, length) : LibcMemory.Allow(address, length) == 0;
}
