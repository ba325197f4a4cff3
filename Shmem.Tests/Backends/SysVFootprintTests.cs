using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.SysV;

namespace Shmem.Tests.Backends;

[SupportedOSPlatform("linux")]
public sealed class SysVFootprintTests : ShMemProviderFootprintContract
{
    private protected override ShMemProvider Provider { get; } = new SysVShMemProvider();

    /// <summary>Half of kernel.shmmni's default; <see cref="LimitTests"/> has ten thousand where it is raised.</summary>
    private protected override int Segments => 2_000;
}
