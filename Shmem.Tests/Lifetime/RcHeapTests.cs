using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Backends;

namespace Shmem.Tests.Lifetime;

/// <summary>Counted or not, a provider keeps what every provider keeps.</summary>
public sealed class RcHeapTests : ShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new RcShMemProvider(new HeapShMemProvider());

    private protected override bool IdEndsWithItsOwner => false;
}
