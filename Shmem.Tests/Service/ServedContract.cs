using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Shmem.Tests.Backends;

namespace Shmem.Tests.Service;

/// <summary>What every provider keeps, by a service.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
public abstract class ServedContract : ShMemProviderContract, IDisposable
{
    private readonly ServiceFixture _fixture;

    private protected ServedContract(ISegmentFiles files)
    {
        _fixture = new ServiceFixture(files);
        Provider = _fixture.Provider;
    }

    private protected override ShMemProvider Provider { get; }

    private protected override bool IdEndsWithItsOwner => false;

    private protected override string Service => ServiceFixture.Name;

    public void Dispose()
    {
        _fixture.Dispose();
        GC.SuppressFinalize(this);
    }
}
