using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.SysV;

namespace Shmem.Tests.Backends;

[SupportedOSPlatform("linux")]
public sealed class SysVFootprintTests : ShMemProviderFootprintContract
{
    private protected override ShMemProvider Provider { get; } = new SysVShMemProvider();
}
