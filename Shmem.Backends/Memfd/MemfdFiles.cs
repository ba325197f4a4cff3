using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;

namespace Shmem.Backends.Memfd;

/// <summary>Anonymous files, sealed as those of <see cref="MemfdShMemProvider"/> are.</summary>
[SupportedOSPlatform("linux")]
internal sealed class MemfdFiles : ISegmentFiles
{
    public string Name => "memfd";

    public SafeFileHandle Create(long size)
    {
        var file = LibcMemfd.Create("shmem\0"u8);
        if (file.IsInvalid) throw Failed("memfd_create", size);
        if (LibcFile.Truncate(file.Number, size) == 0 && LibcFile.Control(file.Number, LibcFile.F_ADD_SEALS, MemfdShMemProvider.Seals) == 0)
            return new SafeFileHandle(file.Number, ownsHandle: true);
        var failure = Failed("ftruncate and seal a memfd", size);
        file.Dispose();
        throw failure;
    }

    private static ShMemException Failed(string call, long size) => UnixFailure.Of(call, $"create served segment of {size} bytes");
}
