using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Settings of the .NET runtime in processes that run targets.</summary>
internal static class RuntimeSettings
{
    private const string Invariant = "DOTNET_SYSTEM_GLOBALIZATION_INVARIANT";

    // As the runtime looks for it (pal_icushim.c): the names that distributions give it, without a minor version.
    private const int FirstIcu = 50;
    private const int LastIcu = 255;

    /// <summary>
    /// No crash dump, whatever the user's environment says: dying is the job. No diagnostics, whose sockets and pipes in /tmp outlive a killed process; the
    /// reader of stacks does without. Tiered compilation stays: the hot loop is recompiled with the map's address folded in. Code pages are writable: mapping
    /// each of them twice takes a twentieth of a process's start, and guards nothing in one that runs what the user gave it. Cultures are those that the target
    /// has without a fuzzer: our own programs do without them.
    /// </summary>
    public static ImmutableDictionary<string, string> ForTargets { get; } = ImmutableDictionary<string, string>.Empty
        .Add("DOTNET_DbgEnableMiniDump", "0")
        .Add("DOTNET_EnableDiagnostics", "0")
        .Add("DOTNET_EnableWriteXorExecute", "0")
        .Add("DOTNET_TieredPGO", "0")
        .AddRange(Cultures());

    /// <summary>Nothing where the user says it, or where there are none to be had: the runtime would refuse to start.</summary>
    private static IEnumerable<KeyValuePair<string, string>> Cultures()
    {
        if (Environment.GetEnvironmentVariable(Invariant) is null && (!OperatingSystem.IsLinux() || HasIcu())) yield return new(Invariant, "0");
    }

    private static bool HasIcu()
    {
        for (var version = FirstIcu; version <= LastIcu; version++)
        {
            if (!NativeLibrary.TryLoad($"libicuuc.so.{version}", out var library)) continue;
            NativeLibrary.Free(library);
            return true;
        }

        return false;
    }
}
