namespace Shmem.Sample.Fuzzer.Ui;

/// <summary>One worker slot at one moment.</summary>
internal sealed record WorkerRow
{
    /// <summary>The state of a worker that fuzzes.</summary>
    public const string Running = "running";

    public required int Slot { get; init; }

    /// <summary>How many processes have held the slot, this one included; 0 while there is none.</summary>
    public required int Generation { get; init; }

    /// <summary>Null: before the first process, or between two.</summary>
    public int? Pid { get; init; }

    /// <summary><see cref="Running"/>, <c>starting</c>, <c>parked</c> where the process was killed and does not end, <c>gave up</c> where each died at
    /// once, <c>ended</c> where the campaign does.</summary>
    public required string State { get; init; }

    public required double ExecutionsPerSecond { get; init; }

    public required long Executions { get; init; }
}
