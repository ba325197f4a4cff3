using System.Text.Json.Serialization;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Output;

/// <summary>Everything that the command line of <c>fuzz</c> says, and how far the start came. Kept in <c>OUT/campaign.json</c>, so that <c>replay</c> and <c>-i -</c> find
/// the target again; paths are absolute for the same reason.</summary>
internal sealed record CampaignOptions
{
    /// <summary>Time limit of one execution when <c>-t</c> is not given, in milliseconds.</summary>
    public const int DefaultTimeoutMilliseconds = 1000;

    /// <summary>Memory limit of one worker when <c>-m</c> is not given, in MiB.</summary>
    public const int DefaultMemoryMegabytes = 1024;

    /// <summary>What the program does without arguments: a minute on a library that is fast and small, so its limits are, too.</summary>
    public static CampaignOptions Demonstration { get; } =
        new() { Seconds = Commands.CommandLine.DemonstrationSeconds, TimeoutMilliseconds = 300, MemoryMegabytes = 256 };

    /// <summary>Most workers that one campaign runs.</summary>
    public const int MaxWorkers = 256;

    /// <summary>Folder of seeds, or one file; null: the built-in seed, or <see cref="Resume"/>.</summary>
    public string? Seeds { get; init; }

    /// <summary><c>-i -</c>: go on with the campaign that lies in <see cref="Output"/>.</summary>
    [JsonIgnore]
    public bool Resume { get; init; }

    /// <summary>The output folder; null: a new one under <c>shmem-out/</c>.</summary>
    public string? Output { get; init; }

    /// <summary>Seconds after which the campaign ends; null: it runs until Ctrl-C.</summary>
    public int? Seconds { get; init; }

    /// <summary>Executions after which the campaign ends; null: no such budget.</summary>
    public long? Executions { get; init; }

    public int TimeoutMilliseconds { get; init; } = DefaultTimeoutMilliseconds;

    public int MemoryMegabytes { get; init; } = DefaultMemoryMegabytes;

    /// <summary>The command line has <c>-t</c>; else a campaign that is gone on with keeps its own.</summary>
    [JsonIgnore]
    public bool NamesTimeout { get; init; }

    /// <summary>The command line has <c>-m</c>.</summary>
    [JsonIgnore]
    public bool NamesMemory { get; init; }

    /// <summary>File of tokens in AFL's dictionary format.</summary>
    public string? Dictionary { get; init; }

    /// <summary>Seed of the random generators; null: the operating system chooses.</summary>
    public ulong? RandomSeed { get; init; }

    public int Workers { get; init; } = Math.Min(Environment.ProcessorCount, MaxWorkers);

    /// <summary>Exception types, by full or simple name, that are not findings.</summary>
    public IReadOnlyList<string> Expect { get; init; } = [];

    public bool Plain { get; init; }

    public bool Json { get; init; }

    /// <summary>The .NET assembly with the target method; null: the demonstration library.</summary>
    public string? Assembly { get; init; }

    /// <summary>The target as <c>Namespace.Type.Method</c>; null together with <see cref="Assembly"/>.</summary>
    public string? Method { get; init; }

    /// <summary>Globs of the assemblies to instrument; empty: the target and its non-framework neighbours.</summary>
    public IReadOnlyList<string> Instrument { get; init; } = [];

    /// <summary>Stack of the thread that runs the target, in KiB; null: <see cref="Targets.TargetSpec.DefaultStackSize"/>.</summary>
    public int? StackKilobytes { get; init; }

    /// <summary>Which end of every input an inaccessible page lies at; null: neither.</summary>
    [JsonConverter(typeof(JsonStringEnumConverter<ShMemGuard>))]
    public ShMemGuard? Guard { get; init; }

    /// <summary>All seeds that came back are in the queue: who goes on needs nothing else. False also in folders of versions that did not say so.</summary>
    public bool HasTakenSeeds { get; init; }

    /// <summary>What views and <c>fuzzer_stats</c> call the target.</summary>
    [JsonIgnore]
    public string TargetName => Method ?? "the demonstration library";

    /// <summary>These options with the target of the campaign they go on with.</summary>
    /// <exception cref="InputException">They name another target: its coverage does not fit what lies in the folder.</exception>
    public CampaignOptions ContinueFrom(CampaignOptions previous)
    {
        var named = Assembly is not null;
        if (named && (Assembly, Method) != (previous.Assembly, previous.Method))
            throw new InputException($"{Assembly} {Method}", $"the campaign in {Output} fuzzes {previous.TargetName}",
                "Leave out the target to go on with it, or give another -o.");
        return this with
        {
            Assembly = previous.Assembly,
            Method = previous.Method,
            Seeds = previous.Seeds,
            Instrument = Instrument.Count > 0 ? Instrument : previous.Instrument,
            Expect = Expect.Count > 0 ? Expect : previous.Expect,
            TimeoutMilliseconds = NamesTimeout ? TimeoutMilliseconds : previous.TimeoutMilliseconds,
            MemoryMegabytes = NamesMemory ? MemoryMegabytes : previous.MemoryMegabytes,
            Dictionary = Dictionary ?? previous.Dictionary,
            StackKilobytes = StackKilobytes ?? previous.StackKilobytes,
            Guard = Guard ?? previous.Guard,
            HasTakenSeeds = previous.HasTakenSeeds,
        };
    }
}
