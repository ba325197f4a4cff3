using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Win32;

/// <summary>A view of a section. The owner's also owns the handle that keeps the section's name, or by which others reach it.</summary>
[SupportedOSPlatform("windows")]
internal sealed class Win32Mapping : SafeMapping
{
    private readonly SafeHandle? _kept;

    private Win32Mapping(nint start, SafeHandle? kept) : base(start) => _kept = kept;

    /// <summary>Maps a section for its owner. The handle is the mapping's from here on, unless the mapping is invalid (the last error is set then).</summary>
    public static Win32Mapping Own(SafeMemoryMappedFileHandle section) => new(Kernel32Sections.Map(section, ShMemAccess.ReadWrite), section);

    /// <summary>Maps a section for another than its owner; invalid, with the last error set, on failure. The handle may be closed then.</summary>
    public static Win32Mapping View(SafeMemoryMappedFileHandle section, ShMemAccess access) => new(Kernel32Sections.Map(section, access), null);

    /// <summary>A view of a section that is reached by a handle, which goes with the view that owns it.</summary>
    public static Win32Mapping Of(nint start, HeldSection? held) => new(start, held);

    protected override bool ReleaseHandle()
    {
        // The name or the handle first: whoever opens it after this meets nothing.
        _kept?.Dispose();
        return Kernel32Sections.Unmap(handle) != 0;
    }
}
