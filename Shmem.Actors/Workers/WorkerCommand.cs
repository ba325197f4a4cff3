using System.Collections.Immutable;
using System.Reflection;

namespace Shmem.Actors.Workers;

/// <summary>The program that a worker process runs. Everybody on the machine can read it, so nothing secret belongs in it.</summary>
/// <param name="FileName">The executable.</param>
/// <param name="Arguments">Its arguments, one each, not quoted.</param>
public sealed record WorkerCommand(string FileName, ImmutableArray<string> Arguments)
{
    /// <summary>This same program with other arguments, whether it runs by its own executable or as <c>dotnet program.dll</c>.</summary>
    /// <exception cref="InvalidOperationException">The runtime does not know how it was started.</exception>
    public static WorkerCommand ThisExecutable(params ReadOnlySpan<string> arguments)
    {
        var executable = Environment.ProcessPath ?? throw new InvalidOperationException("The path of this process is not known.");
        // The host is named dotnet only where it was given a library to run; that library is then the first argument.
        if (!string.Equals(Path.GetFileNameWithoutExtension(executable), "dotnet", StringComparison.OrdinalIgnoreCase))
            return new WorkerCommand(executable, [.. arguments]);
        var library = Assembly.GetEntryAssembly()?.Location;
        if (string.IsNullOrEmpty(library)) throw new InvalidOperationException("The library that dotnet runs is not known.");
        return new WorkerCommand(executable, ["exec", library, .. arguments]);
    }
}
