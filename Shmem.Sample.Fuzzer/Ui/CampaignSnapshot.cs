using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>A campaign at one moment, as views show it and the statistics files keep it. A null is not known, and is left out.</summary>
internal sealed record CampaignSnapshot
{
    public required string Target { get; init; }

    /// <summary>What the campaign does now, in a word or two: <c>dry run, 3 of 40 seeds</c>, <c>fuzzing</c>, <c>stopping, judging 2</c>.</summary>
    public required string Stage { get; init; }

    public required TimeSpan Elapsed { get; init; }

    /// <summary>When it will end by itself; null: at Ctrl-C.</summary>
    public TimeSpan? Limit { get; init; }

    public required IReadOnlyList<WorkerRow> Workers { get; init; }

    /// <summary>How many are to run.</summary>
    public required int WorkersWanted { get; init; }

    /// <summary>How many do.</summary>
    public int WorkersRunning => Workers.Count(worker => worker.State == WorkerRow.Running);

    public required long Executions { get; init; }

    /// <summary>Of all workers together, now.</summary>
    public required double ExecutionsPerSecond { get; init; }

    public required int EdgesFound { get; init; }

    public required int EdgesTotal { get; init; }

    public required int CorpusCount { get; init; }

    /// <summary>Entries that this campaign added to its seeds.</summary>
    public int? CorpusFound { get; init; }

    public required int Crashes { get; init; }

    public required int Hangs { get; init; }

    /// <summary>Cases in <c>unreproduced/</c>.</summary>
    public required int Unreproduced { get; init; }

    /// <summary>Those of them that were not run again, or not to their end.</summary>
    public int Unjudged { get; init; }

    /// <summary>Worker processes that died, for whatever reason of theirs.</summary>
    public required long Deaths { get; init; }

    /// <summary>Crashes and hangs whose key was saved already.</summary>
    public required long KnownFindings { get; init; }

    /// <summary>Deaths by an exception that <c>--expect</c> names, on a thread where nobody caught it.</summary>
    public long ExpectedDeaths { get; init; }

    /// <summary>Age of the newest queue entry; null: none yet. So too the two below.</summary>
    public TimeSpan? LastFind { get; init; }

    public TimeSpan? LastCrash { get; init; }

    public TimeSpan? LastHang { get; init; }

    public long? ExecutionsSinceCrash { get; init; }

    /// <summary>The largest resident set of a worker so far, in bytes.</summary>
    public long? PeakRss { get; init; }

    /// <summary>Everything saved so far, oldest first.</summary>
    public IReadOnlyList<FindingRecord> Findings { get; init; } = [];

    /// <summary>Everything the user should know, oldest first; only ever grows.</summary>
    public IReadOnlyList<string> Warnings { get; init; } = [];
}
