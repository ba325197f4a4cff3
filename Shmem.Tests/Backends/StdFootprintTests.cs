using Shmem.Backends;

namespace Shmem.Tests.Backends;

public sealed class StdFootprintTests : ShMemProviderFootprintContract
{
    private protected override ShMemProvider Provider { get; } = new StdShMemProvider();

    /// <summary>Its backend goes all the way.</summary>
    private protected override int Rounds => 20_000;
}
