using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.PosixShm;

namespace Shmem.Tests.Backends;

[SupportedOSPlatform("linux")]
public sealed class PosixShmTests : PersistentShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new PosixShMemProvider();
}
