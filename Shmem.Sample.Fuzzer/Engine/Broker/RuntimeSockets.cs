using System.Globalization;
using Shmem.Backends.Lifetime;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// The sockets and pipes that this process's .NET runtime has put into the folder for temporary files, for debuggers and tools such as dotnet-trace. They outlive
/// a process that is killed, and a campaign that is killed leaves nothing. Workers have none (<see cref="RuntimeSettings"/>); this process was started by the user.
/// </summary>
internal static class RuntimeSockets
{
    /// <summary>Removes them, unless the user asks for them by setting <c>DOTNET_EnableDiagnostics</c> to 1.</summary>
    public static void RemoveOwn()
    {
        if (Environment.GetEnvironmentVariable("DOTNET_EnableDiagnostics") == "1") return;
        Remove(Path.GetTempPath(), Environment.ProcessId, OperatingSystem.IsLinux() ? HolderId.Of(0, Environment.ProcessId).KernelStartTime : null);
    }

    /// <summary>Those of a process, and of those that had its pid before it.</summary>
    internal static IEnumerable<string> Of(int process) => Of(Path.GetTempPath(), process, null);

    /// <summary>
    /// Removes those of a process, where they can be. Containers with one folder for temporary files have processes of the same pid: on Linux the names have the
    /// process's start time as well (PAL_GetTransportName of the runtime); null where it is not known.
    /// </summary>
    internal static void Remove(string folder, int process, long? start)
    {
        foreach (var path in Of(folder, process, start))
        {
            try
            {
                File.Delete(path);
            }
            catch (Exception refused) when (refused is IOException or UnauthorizedAccessException)
            {
                // Somebody else's, who took the name: nothing of ours is left then.
            }
        }
    }

    private static IEnumerable<string> Of(string folder, int process, long? start)
    {
        // Where there is no such folder, the runtime has put nothing there either.
        if (!Directory.Exists(folder)) return [];
        var name = string.Create(CultureInfo.InvariantCulture, $"{process}-{(start is { } ticks ? ticks.ToString(CultureInfo.InvariantCulture) + "-" : "")}*");
        return Directory.EnumerateFileSystemEntries(folder, $"dotnet-diagnostic-{name}").Concat(Directory.EnumerateFileSystemEntries(folder, $"clr-debug-pipe-{name}"));
    }
}
