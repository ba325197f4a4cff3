using System.Diagnostics;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// The one temporary folder in which a chaos run's processes work. Each of them has its path in its environment, so all of them can be found, at any remove; their folders
/// for temporary files and for the run time are in it, so whatever they leave lies there.
/// </summary>
internal sealed class ChaosFolder : IDisposable
{
    public ChaosFolder() => Directory.CreateDirectory(Temporary);

    // Short: the paths of sockets in it are limited to about a hundred bytes.
    public string Root { get; } = Directory.CreateTempSubdirectory("shmem-chaos-").FullName;

    /// <summary>The run-time folder, <c>SHMEM_RUNTIME_DIR</c>. Who needs it makes it.</summary>
    public string Runtime => Path.Combine(Root, "run");

    /// <summary>For temporary files, <c>TMPDIR</c>; here .NET puts the sockets for its diagnostics.</summary>
    public string Temporary => Path.Combine(Root, "tmp");

    /// <summary>The campaign's output.</summary>
    public string Output => Path.Combine(Root, "out");

    /// <summary>How a program is started in it.</summary>
    public ProcessStartInfo Start(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = Root,
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["SHMEM_RUNTIME_DIR"] = Runtime;
        start.Environment["SHMEM_CACHE_DIR"] = Path.Combine(Root, "cache");
        start.Environment["TMPDIR"] = Temporary;
        return start;
    }

    /// <summary>How another process of this program is started in it. The runtime's sockets for diagnostics would outlive its kill, and they are not what is audited here.</summary>
    public ProcessStartInfo StartOwn(string verb)
    {
        var start = Start("dotnet", ["exec", typeof(ChaosFolder).Assembly.Location, verb]);
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return start;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
