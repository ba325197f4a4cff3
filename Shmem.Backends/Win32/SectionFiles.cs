using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;

namespace Shmem.Backends.Win32;

/// <summary>Sections of the page file without names.</summary>
[SupportedOSPlatform("windows")]
internal sealed class SectionFiles : ISegmentFiles
{
    public string Name => "win";

    public SafeFileHandle Create(long size)
    {
        using var section = Kernel32Sections.Create(null, size, UserOnly.Descriptor);
        if (section.IsInvalid) throw Win32Failure.Of("CreateFileMappingW", $"create served segment of {size} bytes");
        var file = new SafeFileHandle(section.DangerousGetHandle(), ownsHandle: true);
        section.SetHandleAsInvalid();
        return file;
    }
}
