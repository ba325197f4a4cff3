using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>Tests that count what the whole process has open.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Alone
{
    public const string Name = "alone";
}
