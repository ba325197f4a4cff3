using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Ashmem;
using Shmem.Tests.Backends;

namespace Shmem.Tests.Service.Ashmem;

/// <summary>What is left of regions, of the service's descriptors and of its clients', since both are of this process.</summary>
[SupportedOSPlatform("linux")]
public sealed class AshmemFootprintTests : ShMemProviderFootprintContract, IDisposable
{
    private readonly ServiceFixture _fixture = new(new AshmemFiles());

    private protected override ShMemProvider Provider => _fixture.Provider;

    /// <summary>An emulated machine.</summary>
    private protected override int Rounds => 500;

    /// <summary>Each is two descriptors here: the service's, and the view's for its pins.</summary>
    private protected override int Segments => 300;

    private protected override int Races => 30;

    private protected override bool HasOverFourGiB => false;

    public void Dispose() => _fixture.Dispose();
}
