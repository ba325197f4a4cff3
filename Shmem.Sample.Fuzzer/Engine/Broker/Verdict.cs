using Shmem.Actors.Workers;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>What happened to the inputs that one verdict process ran.</summary>
internal sealed record Verdict
{
    /// <summary>Inputs that were answered, in order: null for one that came back, the finding where an exception left the target.</summary>
    public required IReadOnlyList<Finding?> Answers { get; init; }

    /// <summary>How the process ended.</summary>
    public required WorkerExit Exit { get; init; }

    /// <summary>Stacks that were taken while an input hung.</summary>
    public StackReading? Stacks { get; init; }

    /// <summary>The number of the input that killed the process or hung; null where all were answered.</summary>
    public int? Fatal { get; init; }

    /// <summary>Whether the fatal one ran beyond its time limit.</summary>
    public bool IsHang => Exit.KilledFor == KillReasons.Hang;

    /// <summary>Whether the fatal one took more memory than the limit, outside the garbage collector's heap.</summary>
    public bool IsMemory => Exit.KilledFor == KillReasons.Memory;
}
