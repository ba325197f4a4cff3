using System.Diagnostics;
using System.Reflection;
using Shmem.Actors.Workers;
using Shmem.Backends;

namespace Shmem.Tests.Peer.Verbs;

/// <summary>
/// A worker's process that starts one of its own, whose pid it puts into its segment, and waits for its end; or, with <c>dies</c>, ends by itself at once. Both end by
/// themselves after some minutes, if nobody ends them.
/// </summary>
internal static class LeaderVerb
{
    public static int Run(string how)
    {
        if (how == "led")
        {
            Thread.Sleep(TimeSpan.FromMinutes(5));
            return 0;
        }

        var host = WorkerHost.Start();
        using var told = new StdShMemProvider().Open(host.Bootstrap.Segment);
        var program = Environment.ProcessPath!;
        string[] self = Path.GetFileNameWithoutExtension(program) == "dotnet" ? [Assembly.GetEntryAssembly()!.Location] : [];
        using var led = Process.Start(program, [.. self, "leader", "led"]);
        Volatile.Write(ref told.Ref<int>(0), led.Id);
        if (how == "dies") Environment.FailFast("it dies by itself");
        Thread.Sleep(TimeSpan.FromMinutes(5));
        return 0;
    }
}
