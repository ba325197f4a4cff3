using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Memfd;

/// <summary>
/// The device on which every memfd of this kernel lies: its internal tmpfs, or its internal hugetlbfs where it is on huge pages. A file elsewhere
/// with the same inode number, behind the same descriptor number, is told apart by it.
/// </summary>
[SupportedOSPlatform("linux")]
internal static class MemfdDevice
{
    // A failed probe (no descriptor left) is not kept: the next one may find it.
    private static readonly Lazy<(uint Major, uint Minor)> Device = new(() => Probe(0), LazyThreadSafetyMode.PublicationOnly);
    private static readonly Lazy<(uint Major, uint Minor)> HugeDevice = new(() => Probe(LibcMemfd.MFD_HUGETLB), LazyThreadSafetyMode.PublicationOnly);

    /// <exception cref="ShMemException">It could not be found out.</exception>
    public static bool Is(in FileStatus status) => (status.DeviceMajor, status.DeviceMinor) == Device.Value;

    /// <summary>True for a memfd on huge pages of the default size.</summary>
    /// <exception cref="ShMemException">It could not be found out.</exception>
    public static bool IsHuge(in FileStatus status) => HugePages.Size != 0 && (status.DeviceMajor, status.DeviceMinor) == HugeDevice.Value;

    private static (uint Major, uint Minor) Probe(uint flags)
    {
        using var file = LibcMemfd.Create("shmem-probe\0"u8, flags);
        if (file.IsInvalid) throw UnixFailure.Of("memfd_create", "probe memfd");
        if (LibcFile.Status(file, out var status) != 0) throw UnixFailure.Of("statx", "probe memfd");
        return (status.DeviceMajor, status.DeviceMinor);
    }
}
