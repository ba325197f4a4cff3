using System.Runtime.Versioning;
using Shmem.Backends.Service;

namespace Shmem.Backends.Janitor;

/// <summary>
/// Segments, and services' sockets, that outlived their campaign because its processes were killed: those that the manifest of a dead campaign of this user lists. What was
/// persisted is in no manifest, and a living campaign's is not looked at.
/// </summary>
[SupportedOSPlatform("linux")]
public static class LeakedNames
{
    /// <summary>The segments, such as <c>posix:/shmem-…</c>.</summary>
    /// <exception cref="ShMemException">The run-time folder may not be used.</exception>
    public static IReadOnlyList<ShMemId> Find()
    {
        var found = new List<ShMemId>();
        if (RuntimeFolder.Find() is not { } folder) return found;
        foreach (var campaign in DeadCampaign.All(folder))
        {
            using (campaign)
            {
                foreach (var name in campaign.Names())
                    if (name.Find() is { } id) found.Add(id);
            }
        }

        return found;
    }

    /// <summary>What is no segment: the sockets of services that died, whoever lists them, and the folders of dead campaigns.</summary>
    /// <returns>Their full paths.</returns>
    /// <exception cref="ShMemException">The run-time folder may not be used.</exception>
    public static IReadOnlyList<string> FindPaths()
    {
        if (RuntimeFolder.Find() is not { } folder) return [];
        var found = new List<string>(ServiceSocket.All(folder).Where(ServiceSocket.IsDead));
        foreach (var campaign in DeadCampaign.All(folder))
        {
            using (campaign) found.Add(campaign.Folder);
        }

        return found;
    }

    /// <summary>Removes every segment that <see cref="Find"/> finds, and what <see cref="FindPaths"/> does.</summary>
    /// <returns>How many segments and sockets were removed.</returns>
    /// <exception cref="ShMemException">The run-time folder may not be used.</exception>
    public static int Sweep()
    {
        if (RuntimeFolder.Find() is not { } folder) return 0;
        var removed = Sweep(folder);
        // Those that no manifest of this boot lists.
        foreach (var socket in ServiceSocket.All(folder))
            if (ServiceSocket.Remove(socket, ofThisProcess: false)) removed++;
        return removed;
    }

    internal static int Sweep(string runtimeFolder)
    {
        var removed = 0;
        foreach (var campaign in DeadCampaign.All(runtimeFolder))
        {
            using (campaign) removed += campaign.Remove();
        }

        PersistedSegments.Tidy(runtimeFolder);
        return removed;
    }
}
