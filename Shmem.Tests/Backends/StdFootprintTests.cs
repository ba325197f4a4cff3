using Shmem.Backends;

namespace Shmem.Tests.Backends;

public sealed class StdFootprintTests : ShMemProviderFootprintContract
{
    private protected override ShMemProvider Provider { get; } = new StdShMemProvider();
}
