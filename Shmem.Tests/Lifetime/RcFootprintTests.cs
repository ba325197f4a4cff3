using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Backends;

namespace Shmem.Tests.Lifetime;

public sealed class RcFootprintTests : ShMemProviderFootprintContract
{
    private protected override ShMemProvider Provider { get; } = new RcShMemProvider(new StdShMemProvider().Chosen);

    // LESSONS: "RcShMem over any provider: create + drop in a loop: never frees". A million take a minute and more.
    private protected override int Rounds => LongMode.IsOn ? 1_000_000 : base.Rounds;
}
