using Shmem.Tests;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongestFirst))]

namespace Shmem.Tests;

/// <summary>
/// Classes of tests that take long begin first: one that waits for half a minute would else be the last, alone. These are the ones that start a fuzzer, and that start
/// workers; of the others nobody takes longer than seconds.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long = [".Workers.StoppedWorkerTests", ".EndToEnd.SlowInputTests", ".EndToEnd.", ".Fuzzing.", ".Workers.", ".Service."];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection => [.. testCollections.OrderBy(Rank)];

    private static int Rank<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        var rank = Array.FindIndex(Long, part => collection.TestCollectionDisplayName.Contains(part, StringComparison.Ordinal));
        return rank < 0 ? Long.Length : rank;
    }
}
