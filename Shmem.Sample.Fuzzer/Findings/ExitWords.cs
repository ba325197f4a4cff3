using System.Diagnostics;
using System.Text;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// The last words of a process whose target calls <see cref="Environment.Exit"/>: who called it. The runtime says nothing of it, and raises
/// <see cref="AppDomain.ProcessExit"/> on a thread of its own, so two places that exit with the same code would be one finding.
/// </summary>
internal static class ExitWords
{
    /// <summary>The line before the stack.</summary>
    public const string Marker = "Process exit.";

    /// <summary>Writes them to stderr: not by <see cref="Console"/>, which is the target's, too.</summary>
    public static void Say()
    {
        var stack = new StackTrace(fNeedFileInfo: true).ToString().Split('\n').Take(DeathParser.MaxFrames);
        using var stderr = Console.OpenStandardError();
        stderr.Write(Encoding.UTF8.GetBytes($"\n{Marker}\n{string.Join('\n', stack)}\n"));
    }
}
