using System.Runtime.Versioning;
using Shmem.Backends.Interop;

namespace Shmem.Backends.SysV;

/// <summary>An attachment made by shmat.</summary>
[SupportedOSPlatform("linux")]
internal sealed class SysVMapping : SafeMapping
{
    private SysVMapping(nint start) : base(start)
    {
    }

    /// <summary>Attaches; an invalid handle with errno set when the system refuses.</summary>
    public static SysVMapping Attach(int number, ShMemAccess access) =>
        new(LibcSysV.Attach(number, 0, access == ShMemAccess.Read ? LibcSysV.SHM_RDONLY : 0));

    protected override bool ReleaseHandle() => LibcSysV.Detach(handle) == 0;
}
