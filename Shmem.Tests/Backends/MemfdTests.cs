using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Memfd;

namespace Shmem.Tests.Backends;

[SupportedOSPlatform("linux")]
public sealed class MemfdTests : ShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new MemfdShMemProvider();
}
