using System.Collections.Immutable;
using System.Globalization;

namespace Shmem.Actors.Workers;

/// <summary>How worker processes are started: what is the same for all of them.</summary>
/// <param name="Command">The program.</param>
public sealed record WorkerLaunch(WorkerCommand Command)
{
    private const string Diagnostics = "DOTNET_EnableDiagnostics";

    /// <summary>The most bytes that the worker's garbage-collected heap may have; beyond it the runtime throws OutOfMemoryException.</summary>
    /// <value>The default is null: no limit of ours.</value>
    public long? HeapLimit { get; init; }

    /// <summary>
    /// Further settings of the .NET runtime, by variable, such as <c>DOTNET_TieredPGO</c>. Others can read them: nothing secret. Unless it is named here,
    /// <c>DOTNET_EnableDiagnostics</c> is 0: what the runtime puts into the folder for temporary files for debuggers and tools outlives a process that is killed.
    /// </summary>
    /// <value>The default is none.</value>
    public ImmutableDictionary<string, string> RuntimeSettings { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Where each process is recorded while it may live, so that a later broker finds it if this one is killed.</summary>
    /// <value>The default is null: nowhere.</value>
    public WorkerRegister? Register { get; init; }

    /// <summary>The environment variables that are set on top of this process's own.</summary>
    internal IEnumerable<KeyValuePair<string, string>> Environment()
    {
        if (HeapLimit is { } limit)
        {
            // The runtime reads this number as hexadecimal.
            yield return new("DOTNET_GCHeapHardLimit", limit.ToString("X", CultureInfo.InvariantCulture));
            if (RegionRange.Setting is { } range) yield return new("DOTNET_GCRegionRange", range);
        }

        if (!RuntimeSettings.ContainsKey(Diagnostics)) yield return new(Diagnostics, "0");
        foreach (var setting in RuntimeSettings) yield return setting;
        if (Register is not null) yield return new(WorkerOrphans.Variable, Register.Folder);
    }
}
