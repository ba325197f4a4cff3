using System.Text.Json;
using Shmem.Backends;
using Shmem.Sample.Fuzzer.Instrumentation;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>What the broker tells a worker or a verdict process through its bootstrap: the target and how to fuzz it.</summary>
internal sealed record WorkerPayload
{
    /// <summary>The target.</summary>
    public required TargetSpec Target { get; init; }

    /// <summary>The instrumented set's identity, in hexadecimal; the broker has put it into the cache.</summary>
    public required string SetIdentity { get; init; }

    /// <summary>Full paths of the set's original assemblies, in the set's order.</summary>
    public required IReadOnlyList<string> SetAssemblies { get; init; }

    /// <summary>Exceptions that are no findings.</summary>
    public required IReadOnlyList<string> Expect { get; init; }

    /// <summary>The campaign's random seed; each slot and generation derives its own from it.</summary>
    public required ulong RandomSeed { get; init; }

    /// <summary>File of tokens, or null.</summary>
    public string? Dictionary { get; init; }

    /// <summary>When the campaign began, in the milliseconds of <see cref="Environment.TickCount64"/>, which all processes of a machine share.</summary>
    public required long StartTick { get; init; }

    /// <summary>The campaign whose names of shared memory stay for as long as any of its processes lives; null where none has a name.</summary>
    public string? Names { get; init; }

    /// <summary>For a verdict process: what it runs. Null for a worker.</summary>
    public VerdictOrder? Verdict { get; init; }

    public static WorkerPayload Of(InstrumentedSet set, TargetSpec target, IReadOnlyList<string> expect, ulong randomSeed, long startTick, ShMemProvider provider) => new()
    {
        Target = target,
        SetIdentity = Convert.ToHexStringLower(set.Identity.Span),
        SetAssemblies = [.. set.Assemblies.Select(a => a.OriginalPath)],
        Expect = expect,
        RandomSeed = randomSeed,
        StartTick = startTick,
        Names = OperatingSystem.IsLinux() && !provider.Capabilities.CrashClean ? ShMemCampaign.Name : null,
    };

    /// <summary>Takes part in the campaign whose process wrote this.</summary>
    public void Join()
    {
        if (OperatingSystem.IsLinux() && Names is not null) ShMemCampaign.Join(Names);
    }

    public byte[] ToBytes() => JsonSerializer.SerializeToUtf8Bytes(this, WorkerPayloadJson.Default.WorkerPayload);

    public static WorkerPayload FromBytes(ReadOnlySpan<byte> bytes) =>
        JsonSerializer.Deserialize(bytes, WorkerPayloadJson.Default.WorkerPayload)
        ?? throw new InvalidDataException("A worker's payload is null.");
}
