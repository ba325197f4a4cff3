using System.Globalization;

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
        foreach (var path in Of(Environment.ProcessId)) File.Delete(path);
    }

    /// <summary>Those of a process.</summary>
    internal static IEnumerable<string> Of(int process)
    {
        // Where there is no such folder, the runtime has put nothing there either.
        if (!Directory.Exists(Path.GetTempPath())) return [];
        var number = process.ToString(CultureInfo.InvariantCulture);
        return Directory.EnumerateFiles(Path.GetTempPath(), $"dotnet-diagnostic-{number}-*")
            .Concat(Directory.EnumerateFiles(Path.GetTempPath(), $"clr-debug-pipe-{number}-*"));
    }
}
