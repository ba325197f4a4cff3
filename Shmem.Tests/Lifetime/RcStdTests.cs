using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Backends;

namespace Shmem.Tests.Lifetime;

/// <summary>As <see cref="RcHeapTests"/>, over the backend that suits this machine.</summary>
public sealed class RcStdTests : ShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new RcShMemProvider(new StdShMemProvider().Chosen);

    private protected override bool IdEndsWithItsOwner => false;
}
