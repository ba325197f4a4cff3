using System.CommandLine;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Sample.Fuzzer.Output;
using Shmem.Sample.Fuzzer.Targets;

namespace Shmem.Sample.Fuzzer.Commands;

/// <summary>The options that name a target and the limits of one execution: those that <c>fuzz</c> and <c>replay</c> share.</summary>
internal sealed class TargetOptions
{
    private readonly Option<string?> _assembly = OptionKinds.File("--assembly", [], "A.dll", "the assembly with the target method");

    private readonly Option<string?> _method = OptionKinds.Text("--method", [], "Namespace.Type.Method",
        "takes byte[], ReadOnlySpan<byte>, Stream or string; may return Task or ValueTask; a nested type is Outer+Inner");

    public Option<int?> Timeout { get; } = OptionKinds.Number("-t", ["--timeout"], "MS", 10, 600_000, "milliseconds",
        $"time limit of one execution, in milliseconds (default: {CampaignOptions.DefaultTimeoutMilliseconds})");

    public Option<int?> Memory { get; } = OptionKinds.Number("-m", ["--memory"], "MB", 64, 1 << 20, "MB",
        $"limit of a worker's managed heap, in MiB (default: {CampaignOptions.DefaultMemoryMegabytes}); with native memory and the runtime it may have {VerdictRunner.BesidesHeap >> 20} MiB more, then it is killed");

    public Option<int?> Stack { get; } = OptionKinds.Number("--stack", [], "KiB", 128, 1 << 20, "KiB",
        $"stack of the thread that runs the target, in KiB (default: {TargetSpec.DefaultStackSize >> 10})");

    public Option<ShMemGuard?> Guard { get; } = OptionKinds.Choice("--guard",
        "inaccessible page right after each input (over) or before it (under): finds unsafe code that leaves its span by a byte; for ReadOnlySpan<byte> only; none (the default) undoes it after -i -",
        ("over", ShMemGuard.After), ("under", ShMemGuard.Before), ("none", ShMemGuard.None));

    public Option<string[]> Expect { get; } = OptionKinds.Texts("--expect", "TYPE",
        "exception that is no finding, with all types derived from it, by full or simple name; repeatable");

    public void AddTo(Command command)
    {
        foreach (var option in (Option[])[_assembly, _method, Timeout, Memory, Stack, Guard, Expect])
            command.Add(option);
    }

    /// <summary>The target; both null: none was named.</summary>
    /// <exception cref="InputException">Only half of it was named, or it cannot be a method's name.</exception>
    public (string? Assembly, string? Method) Method(ParseResult result)
    {
        var assembly = result.GetValue(_assembly);
        var method = result.GetValue(_method);
        if (assembly is not null && method is null)
            throw new InputException("--assembly", "it needs --method", "Give --method Namespace.Type.Method.");
        if (method is not null && assembly is null)
            throw new InputException("--method", "it needs --assembly", "Give --assembly A.dll.");
        if (method is not null && (!method.Contains('.') || method.StartsWith('.') || method.EndsWith('.')))
            throw new InputException($"--method {method}", "no type in it", "Give Namespace.Type.Method.");
        return (assembly, method);
    }
}
