using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Memfd;
using Shmem.Backends.Service;

namespace Shmem.Tests.Service;

/// <summary>Files of one byte less than asked for.</summary>
[SupportedOSPlatform("linux")]
internal sealed class ShortFiles : ISegmentFiles
{
    private readonly MemfdFiles _files = new();

    public string Name => "short";

    public SafeFileHandle Create(long size) => _files.Create(size - 1);
}
