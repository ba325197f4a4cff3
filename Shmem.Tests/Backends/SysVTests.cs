using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.SysV;

namespace Shmem.Tests.Backends;

[SupportedOSPlatform("linux")]
public sealed class SysVTests : ShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new SysVShMemProvider();

    private protected override bool IdEndsWithItsOwner => false;
}
