using System.Globalization;
using Shmem.Actors.Workers;

namespace Shmem.Tests.Workers;

/// <summary>How the worker tests start Shmem.Tests.Peer, and how they see whether a process lives.</summary>
internal static class PeerCommand
{
    /// <summary>Only to end a test that would wait for ever: nothing is measured by it.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    public static WorkerCommand Of(params string[] arguments) => new("dotnet", [PeerSession.Assembly, .. arguments]);

    public static WorkerCommand Shell(string script) => new("/bin/sh", ["-c", script]);

    /// <summary>A shell that leads a group, as a worker does.</summary>
    public static WorkerCommand LeadingShell(string script) => new("setsid", ["/bin/sh", "-c", script]);

    /// <summary>False for what is gone and for what is dead but not reaped: nobody reaps an orphan in some containers.</summary>
    public static bool Lives(int pid)
    {
        try
        {
            var stat = File.ReadAllText(string.Create(CultureInfo.InvariantCulture, $"/proc/{pid}/stat"));
            return stat[stat.LastIndexOf(')') + 2] is not ('Z' or 'X');
        }
        catch (IOException)
        {
            return false;
        }
    }
}
