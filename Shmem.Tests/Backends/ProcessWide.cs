using Xunit;

namespace Shmem.Tests.Backends;

/// <summary>The tests that count what the whole process has: nothing runs beside them.</summary>
[CollectionDefinition(nameof(ProcessWide), DisableParallelization = true)]
public sealed class ProcessWide;
