using System.Collections.Immutable;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Settings of the .NET runtime in processes that run targets.</summary>
internal static class RuntimeSettings
{
    /// <summary>
    /// No crash dump, whatever the user's environment says: dying is the job. No diagnostics, whose sockets and pipes in /tmp outlive a killed process; the
    /// reader of stacks does without. Tiered compilation stays: the hot loop is recompiled with the map's address folded in. Code pages are writable: mapping
    /// each of them twice takes a twentieth of a process's start, and guards nothing in one that runs what the user gave it.
    /// </summary>
    public static ImmutableDictionary<string, string> ForTargets { get; } = ImmutableDictionary<string, string>.Empty
        .Add("DOTNET_DbgEnableMiniDump", "0")
        .Add("DOTNET_EnableDiagnostics", "0")
        .Add("DOTNET_EnableWriteXorExecute", "0")
        .Add("DOTNET_TieredPGO", "0");
}
