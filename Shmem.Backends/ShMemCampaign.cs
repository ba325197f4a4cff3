using System.Runtime.Versioning;
using Shmem.Backends.Janitor;
using Shmem.Backends.SysV;

namespace Shmem.Backends;

/// <summary>
/// The campaign that this process takes part in: processes whose names of shared memory are removed together, when the last of them is gone, however it
/// ended. A process that creates a name is in one by itself; <see cref="Join"/> takes it into another's.
/// </summary>
/// <remarks>
/// Names are what outlives <c>kill -9</c>: POSIX segments, System V ones that were given a name (and any until it is marked for
/// removal, two calls after its birth), and services' sockets. Each is listed in the campaign's folder, below
/// <c>$SHMEM_RUNTIME_DIR</c> or <c>/tmp/shmem-&lt;uid&gt;</c>, before it is created. The first name of a process also sweeps the dead campaigns of the user.
/// Every member may be used from any thread.
/// </remarks>
[SupportedOSPlatform("linux")]
public static class ShMemCampaign
{
    private static readonly Lock Gate = new();
    private static volatile CampaignManifest? _current;
    private static volatile bool _hasSwept;

    [ThreadStatic]
    private static bool _isTrying;

    /// <summary>The campaign's name, to be told to the processes that shall join it. Begins one where there is none yet.</summary>
    /// <exception cref="ShMemException">The run-time folder may not be used.</exception>
    public static string Name => Current().Name;

    /// <summary>
    /// Takes part in the campaign of another process: it lives on for as long as this process does. One that this process is in already it leaves, as long as it
    /// has no name there: to find out which backends work, as <see cref="StdShMemProvider"/> does, may have begun one.
    /// </summary>
    /// <param name="name">What <see cref="Name"/> says there.</param>
    /// <exception cref="ShMemException">
    /// <see cref="ShMemError.NotFound"/>: it is over. <see cref="ShMemError.Invalid"/>: that is no campaign's name, or this process has names in another.
    /// </exception>
    public static void Join(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        // The key under which System V segments are born is a name, too.
        BirthKey.Forget();
        lock (Gate)
        {
            if (_current is { } current && current.Name != name)
            {
                if (!current.TryLeaveUnused())
                {
                    throw new ShMemException(ShMemError.Invalid, $"join campaign '{name}'", $"this process has names in campaign {current.Name}",
                        "Join before the first name is created, or when all are gone.");
                }

                _current = null;
            }

            if (_current is null) Enter(CampaignManifest.Join(RuntimeFolder.Open().Path, name));
        }
    }

    /// <summary>Lists a name that is about to be created.</summary>
    internal static ManifestEntry List(in ListedName name)
    {
        if (!_hasSwept && !_isTrying) Sweep();
        while (true)
            if (Current().TryList(name) is { } entry) return entry;
    }

    private static CampaignManifest Current()
    {
        if (_current is { } current) return current;
        lock (Gate)
        {
            if (_current is null) Enter(CampaignManifest.Start(RuntimeFolder.Open().Path));
            return _current!;
        }
    }

    private static void Enter(CampaignManifest manifest)
    {
        AppDomain.CurrentDomain.ProcessExit += (_, _) =>
        {
            // A name that is created after this, at the very end, is in a campaign of its own, which the next start sweeps.
            if (_current == manifest) _current = null;
            manifest.Leave();
        };
        _current = manifest;
    }

    /// <summary>Names that this thread creates meanwhile sweep nothing: to find out what works, as <c>doctor</c> does, changes nothing.</summary>
    internal static void Trying(Action action)
    {
        _isTrying = true;
        try
        {
            action();
        }
        finally
        {
            _isTrying = false;
        }
    }

    /// <summary>Before this process's first name, so that a dead campaign's is free again.</summary>
    private static void Sweep()
    {
        _hasSwept = true;
        try
        {
            // What dead campaigns list; a socket that none lists is in nobody's way.
            if (RuntimeFolder.Find() is { } folder) LeakedNames.Sweep(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // What cannot be removed now is the next start's, and no reason not to start.
        }
    }
}
