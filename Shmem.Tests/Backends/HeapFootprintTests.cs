using Shmem.Backends;
using Shmem.Backends.Heap;

namespace Shmem.Tests.Backends;

public sealed class HeapFootprintTests : ShMemProviderFootprintContract
{
    private protected override ShMemProvider Provider { get; } = new HeapShMemProvider();

    private protected override bool TakesAllAtOnce => true;
}
