namespace Shmem.Backends.Corpus;

/// <summary>What a record says about its test case.</summary>
public readonly record struct RecordInfo
{
    /// <summary>The test case that it was made from; null for none.</summary>
    public CorpusAddress? Parent { get; init; }

    /// <summary>How long its execution took, in nanoseconds.</summary>
    public long ExecutionNanoseconds { get; init; }

    /// <summary>Executions of the slot when it was found.</summary>
    public long Executions { get; init; }

    /// <summary>Milliseconds since the campaign's start.</summary>
    public long Milliseconds { get; init; }

    /// <summary>Edges that its execution hit.</summary>
    public int Edges { get; init; }

    /// <summary>Bits for the mutations that made it; their meaning is the mutator's.</summary>
    public int Operations { get; init; }
}
