using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Service;

namespace Shmem.Backends.Memfd;

/// <summary>Anonymous files, sealed as those of <see cref="MemfdShMemProvider"/> are.</summary>
[SupportedOSPlatform("linux")]
internal sealed class MemfdFiles : ISegmentFiles
{
    public string Name => "memfd";

    public SafeFileHandle Create(long size) => new(NewMemfd.CreateSealed("served", size).Number, ownsHandle: true);
}
