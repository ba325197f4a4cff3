using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Ashmem;
using Shmem.Backends.Interop;
using Shmem.Backends.Memfd;
using Shmem.Backends.Win32;

namespace Shmem.Backends.Service;

/// <summary>A mapping of a served segment. Its end is told to the service.</summary>
/// <param name="start">The first byte, owned from here on.</param>
/// <param name="length">Bytes.</param>
/// <param name="connection">Whom the end is told to.</param>
/// <param name="id">The segment.</param>
/// <param name="region">The region of ashmem that it is, owned from here on; null where it is none.</param>
internal sealed class ServedMapping(nint start, long length, ServiceConnection connection, ShMemId id, SafeFileHandle? region) : SafeMapping(start)
{
    private bool _isEnding;

    public override void End()
    {
        _isEnding = true;
        Dispose();
    }

    public override void Unpin(in ShMemDescription description, long offset, long length)
    {
        if (region is null || OperatingSystem.IsMacOS()) base.Unpin(description, offset, length);
        else AshmemRegion.Unpin(region, (uint)offset, Pages(description, offset, length));
    }

    public override bool Pin(in ShMemDescription description, long offset, long length) =>
        region is null || OperatingSystem.IsMacOS() ? base.Pin(description, offset, length) : AshmemRegion.Pin(region, (uint)offset, Pages(description, offset, length));

    /// <summary>The length of whole pages: what follows the segment's last byte in its page belongs to it.</summary>
    private static uint Pages(in ShMemDescription description, long offset, long length)
    {
        var page = Environment.SystemPageSize;
        var isWhole = length > 0 && offset % page == 0 && (length % page == 0 || offset + length == description.Size);
        return isWhole ? (uint)((length + page - 1) / page * page) : throw new ShMemException(ShMemError.Invalid,
            $"pin or unpin {length} bytes from {offset} on of {description.Id}", $"that is no range of whole pages of {page} bytes", "Begin and end it where a page does.");
    }

    /// <summary>Maps what a service has handed over, once its real size is known.</summary>
    /// <param name="file">What it was.</param>
    /// <param name="wanted">What it should be.</param>
    /// <param name="access">How to map it.</param>
    /// <param name="purpose">What for, for messages.</param>
    /// <param name="length">Bytes that are mapped.</param>
    /// <returns>The first byte, the caller's.</returns>
    /// <exception cref="ShMemException">It is no segment or too small, or the system refuses.</exception>
    public static nint Map(Descriptor file, in ShMemDescription wanted, ShMemAccess access, string purpose, out long length)
    {
        length = wanted.Size;
        if (OperatingSystem.IsWindows()) return MapSection(file, wanted, access, purpose);
        // Of one that its creator offers the id says more than the service.
        if (OperatingSystem.IsLinux() && MemfdId.TryParse(wanted.Id, out var id)) length = MemfdShMemProvider.Check(file, id, wanted, access);
        else CheckSize(file, wanted);
        var start = LibcMemory.Map(file, length, access);
        return start != LibcMemory.MAP_FAILED ? start : throw UnixFailure.Of("mmap", purpose);
    }

    private static void CheckSize(Descriptor file, in ShMemDescription wanted)
    {
        var real = SegmentFileSize.Of(file, $"open {wanted.Id}");
        if (real < wanted.Size) throw ShMemProvider.TooSmall(wanted, real);
    }

    /// <summary>Windows tells the size of a view only, in whole pages.</summary>
    [SupportedOSPlatform("windows")]
    private static nint MapSection(Descriptor file, in ShMemDescription wanted, ShMemAccess access, string purpose)
    {
        using var section = new SafeFileHandle(file.Number, ownsHandle: false);
        var start = Kernel32Sections.Map(section, access);
        if (start == 0) throw Win32Failure.Of("MapViewOfFile", purpose);
        var real = Kernel32Sections.Length(start);
        if (real >= wanted.Size) return start;
        _ = Kernel32Sections.Unmap(start);
        throw ShMemProvider.TooSmall(wanted, real);
    }

    protected override bool ReleaseHandle()
    {
        region?.Dispose();
        var unmapped = OperatingSystem.IsWindows() ? Kernel32Sections.Unmap(handle) != 0 : LibcMemory.Unmap(handle, (nuint)length) == 0;
        // The finalizer of a lost view must not wait for a service.
        if (_isEnding) connection.Release(id);
        else ThreadPool.QueueUserWorkItem(_ => connection.Release(id));
        return unmapped;
    }
}
