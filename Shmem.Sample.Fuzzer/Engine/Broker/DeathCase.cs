using Shmem.Actors.Workers;
using Shmem.Backends.Corpus;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>A worker's death that is to be judged.</summary>
/// <param name="Exit">How it ended.</param>
/// <param name="Inputs">Its last inputs, newest first.</param>
/// <param name="Source">Which worker it was.</param>
/// <param name="Parent">The entry whose children it ran.</param>
/// <param name="Executions">Executions of the campaign until then.</param>
/// <param name="Milliseconds">Since the campaign's start.</param>
internal sealed record DeathCase(
    WorkerExit Exit, IReadOnlyList<RecordedInput> Inputs, FindingSource Source, CorpusAddress? Parent, long Executions, long Milliseconds)
{
    /// <summary>What a hung execution had reached until it was ended; null for another death, and where it ended just before its process. The judge disposes it.</summary>
    public MapCopy? HangMap { get; init; }

    /// <summary>Where its one input is saved already; null where it is not.</summary>
    public string? File { get; init; }

    public bool IsHang => Exit.KilledFor == KillReasons.Hang;

    public bool IsMemory => Exit.KilledFor == KillReasons.Memory;
}
