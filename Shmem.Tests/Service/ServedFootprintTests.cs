using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Tests.Backends;

namespace Shmem.Tests.Service;

/// <summary>The service's own descriptors are counted too, since it is of this process.</summary>
[SupportedOSPlatform("linux")]
public sealed class ServedFootprintTests : ShMemProviderFootprintContract, IDisposable
{
    private readonly ServiceFixture _fixture = new();

    private protected override ShMemProvider Provider => _fixture.Provider;

    /// <summary>Each is two requests.</summary>
    private protected override int Rounds => 10_000;

    public void Dispose() => _fixture.Dispose();
}
