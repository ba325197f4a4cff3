using Xunit;

namespace Shmem.Tests.EndToEnd;

/// <summary>Whole campaigns take both cores: one at a time, and beside nothing else.</summary>
[CollectionDefinition(nameof(EndToEnd), DisableParallelization = true)]
public sealed class EndToEnd;
