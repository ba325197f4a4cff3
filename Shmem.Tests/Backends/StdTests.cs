using Shmem.Backends;

namespace Shmem.Tests.Backends;

public sealed class StdTests : ShMemProviderContract
{
    private protected override ShMemProvider Provider { get; } = new StdShMemProvider();

    private protected override bool NamesAreTestedElsewhere => true;
}
