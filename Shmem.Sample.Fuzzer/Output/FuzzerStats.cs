namespace Shmem.Sample.Fuzzer.Output;

/// <summary>What <c>fuzzer_stats</c> says. A null is left out of the file: a wrong number would be worse than none.</summary>
internal sealed record FuzzerStats
{
    public required DateTimeOffset Start { get; init; }

    public required DateTimeOffset LastUpdate { get; init; }

    public required TimeSpan RunTime { get; init; }

    public required int FuzzerPid { get; init; }

    public required long Executions { get; init; }

    /// <summary>Executions per second over the last minute.</summary>
    public required double RateOfLastMinute { get; init; }

    public required int CorpusCount { get; init; }

    public int? CorpusFound { get; init; }

    public int? CorpusImported { get; init; }

    public required int EdgesFound { get; init; }

    public required int TotalEdges { get; init; }

    public required int SavedCrashes { get; init; }

    public required int SavedHangs { get; init; }

    public DateTimeOffset? LastFind { get; init; }

    public DateTimeOffset? LastCrash { get; init; }

    public DateTimeOffset? LastHang { get; init; }

    public long? ExecutionsSinceCrash { get; init; }

    public required int TimeoutMilliseconds { get; init; }

    /// <summary>The largest resident set of a worker so far, in MiB.</summary>
    public long? PeakRssMegabytes { get; init; }

    public required string Banner { get; init; }

    public required string CommandLine { get; init; }
}
