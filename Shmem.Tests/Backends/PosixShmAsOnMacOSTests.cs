using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.PosixShm;

namespace Shmem.Tests.Backends;

/// <summary>POSIX as on macOS: no manifest, no names of the user's, and a size that is set once and not allocated.</summary>
[SupportedOSPlatform("linux")]
public sealed class PosixShmAsOnMacOSTests : ShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new PosixShMemProvider(asOnLinux: false);
}
