using System.Text;
using Shmem.Backends;
using Shmem.Backends.Heap;
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

    /// <summary>File of tokens that nobody changes, or null.</summary>
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

    /// <summary>
    /// Field by field, as <see cref="FromBytes"/> reads them: both are the same program. A JSON serializer's metadata is generic code that each new process
    /// would have to compile.
    /// </summary>
    public byte[] ToBytes()
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes, Encoding.UTF8);
        writer.Write(Target.AssemblyPath);
        writer.Write(Target.TypeName);
        writer.Write(Target.MethodName);
        Write(writer, Target.InstrumentGlobs);
        writer.Write(Target.StackSize);
        writer.Write((int)Target.Guard);
        writer.Write(SetIdentity);
        Write(writer, SetAssemblies);
        Write(writer, Expect);
        writer.Write(RandomSeed);
        Write(writer, Dictionary is null ? [] : [Dictionary]);
        writer.Write(StartTick);
        Write(writer, Names is null ? [] : [Names]);
        writer.Write(Verdict is not null);
        Verdict?.Write(writer);
        return bytes.ToArray();
    }

    /// <exception cref="EndOfStreamException">The bytes are not what <see cref="ToBytes"/> gave.</exception>
    public static WorkerPayload FromBytes(ReadOnlySpan<byte> bytes)
    {
        using var reader = new BinaryReader(new MemoryStream(bytes.ToArray()), Encoding.UTF8);
        return new WorkerPayload
        {
            Target = new TargetSpec(reader.ReadString(), reader.ReadString(), reader.ReadString(), ReadStrings(reader), reader.ReadInt32())
            {
                Guard = (ShMemGuard)reader.ReadInt32(),
            },
            SetIdentity = reader.ReadString(),
            SetAssemblies = ReadStrings(reader),
            Expect = ReadStrings(reader),
            RandomSeed = reader.ReadUInt64(),
            Dictionary = ReadStrings(reader) is [var dictionary] ? dictionary : null,
            StartTick = reader.ReadInt64(),
            Names = ReadStrings(reader) is [var names] ? names : null,
            Verdict = reader.ReadBoolean() ? VerdictOrder.Read(reader) : null,
        };
    }

    private static void Write(BinaryWriter writer, IReadOnlyList<string> strings)
    {
        writer.Write(strings.Count);
        foreach (var one in strings) writer.Write(one);
    }

    private static string[] ReadStrings(BinaryReader reader)
    {
        var strings = new string[reader.ReadInt32()];
        for (var i = 0; i < strings.Length; i++) strings[i] = reader.ReadString();
        return strings;
    }
}
