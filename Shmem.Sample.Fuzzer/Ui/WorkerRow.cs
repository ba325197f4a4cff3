namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>One worker slot at one moment.</summary>
internal sealed record WorkerRow
{
    public required int Slot { get; init; }

    /// <summary>How many processes have held the slot, this one included.</summary>
    public required int Generation { get; init; }

    /// <summary>Null: between two processes.</summary>
    public int? Pid { get; init; }

    /// <summary>One word: <c>running</c>, <c>starting</c>, <c>parked</c>.</summary>
    public required string State { get; init; }

    public required double ExecutionsPerSecond { get; init; }

    public required long Executions { get; init; }
}
