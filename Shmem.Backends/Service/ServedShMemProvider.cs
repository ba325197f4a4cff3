using System.Collections.Concurrent;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>Segments that a <see cref="ShMemService"/> makes and hands to other processes: for systems on which no id reaches a segment by itself.</summary>
/// <remarks>
/// <para>The id is <c>served:&lt;service&gt;/&lt;n&gt;</c>, and opens for as long as any process has the segment. The service's end does not end it: what is mapped
/// stays usable, and disposing it is quiet.</para>
/// <para>
/// A process has one connection to a service, which is made at the first use, and again at the next one where the service was started anew. It is what
/// holds the segments: when the process ends, however it does, they are released.
/// </para>
/// <para>
/// <code>
/// // In every process; the first one starts the service:
/// ShMemService.TryStart("my-campaign", out var service);
/// using var map = new ServedShMemProvider("my-campaign").Create(65536);
/// </code>
/// </para>
/// <para>
/// A process that is about to start a child announces it by <see cref="PreFork"/>: what it holds is kept for the child, which claims it by
/// <see cref="ClaimFork"/>, also if its parent is dead by then. The parent reports the child's pid by <see cref="PostFork"/>, before or after that; if nothing comes of
/// it, <see cref="AbortFork"/>, the child's death (on Linux, once it was reported) or the time limit ends it.
/// <code>
/// // In the parent:
/// var fork = provider.PreFork(TimeSpan.FromSeconds(30));
/// var child = Process.Start("worker", [$"{fork.Token.Value}", $"{fork.ChildNumber}", $"{map.Id}"]);
/// provider.PostFork(fork, child.Id);
///
/// // In the child:
/// var provider = new ServedShMemProvider("my-campaign");
/// provider.ClaimFork(new PreparedFork(new ForkToken(long.Parse(args[0])), long.Parse(args[1]), 0));
/// using var map = provider.Open(new ShMemDescription(ShMemId.Parse(args[2]), 65536));
/// </code>
/// </para>
/// <para>
/// A process that means to be restarted says so by <see cref="OnRestart"/>, and gives what that returns to its successor, which calls <see cref="Succeed"/>, opens what it
/// needs, and ends the rest by <see cref="AcknowledgeRestart"/>. What came to a process by a fork or a restart it holds until it has disposed its last view of it, has
/// called <see cref="Release"/>, or ends. All processes must be of one pid namespace. The members may be used from any thread.
/// </para>
/// </remarks>
public sealed class ServedShMemProvider : ShMemProvider
{
    /// <summary>The longest wait for any one answer.</summary>
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>This process's connections, by the paths of the sockets or pipes. A lost one is replaced when it is next wanted.</summary>
    private static readonly Dictionary<string, ServiceConnection> Connections = new(StringComparer.Ordinal);

    /// <summary>Providers for ids that name their service themselves.</summary>
    private static readonly ConcurrentDictionary<string, ServedShMemProvider> ByService = new(StringComparer.Ordinal);

    private readonly string _service;
    private readonly string? _folder;
    private readonly TimeSpan _patience;
    private string? _path;

    /// <summary>A provider over the service of that name, which need not run yet.</summary>
    /// <param name="service">1 to 32 of <c>[a-z0-9-]</c>.</param>
    /// <exception cref="ShMemException">The name is none.</exception>
    public ServedShMemProvider(string service) : this(service, null, Patience)
    {
    }

    /// <param name="service">The service's name.</param>
    /// <param name="folder">The run-time folder; null is that of the environment.</param>
    /// <param name="patience">The longest wait for any one answer.</param>
    internal ServedShMemProvider(string service, string? folder, TimeSpan patience)
    {
        ServiceAddress.CheckName(service);
        _service = service;
        _folder = folder;
        _patience = patience;
    }

    /// <inheritdoc/>
    public override string Scheme => "served";

    /// <inheritdoc/>
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.Service, CrashClean: true, ReadOnly: true,
        LargestSize: ShMemCapabilities.AddressSpace, HugePages: false, Names: false, Persists: false);

    /// <summary>Opens a segment by the service that its id names.</summary>
    internal static ShMem OpenByItsService(in ShMemDescription description, ShMemAccess access) => ServedId.TryParse(description.Id, out var id)
        ? ByService.GetOrAdd(id.Service, name => new ServedShMemProvider(name)).OpenCore(description, access)
        : throw new ShMemException(ShMemError.NotFound, $"open {description.Id}", "no service gives such an id", "Open it by the description that its creator gave.");

    /// <summary>Opens a segment by the service that its description names, as <see cref="ShMemService.Offer"/> made it.</summary>
    /// <param name="description">What is wanted.</param>
    /// <param name="access">How.</param>
    /// <param name="refused">Why its id alone does not lead to it.</param>
    /// <exception cref="ShMemException">The service does not give it either.</exception>
    internal static ShMem OpenOffered(in ShMemDescription description, ShMemAccess access, ShMemException refused)
    {
        var wanted = description;
        try
        {
            return ByService.GetOrAdd(description.Service!, name => new ServedShMemProvider(name)).Ask($"open {wanted.Id}", connection => connection.Open(wanted, access));
        }
        catch (ShMemException also) when (also.Error is ShMemError.Denied or ShMemError.NotFound)
        {
            throw new ShMemException(refused.Error, $"open {wanted.Id}",
                $"neither does its id lead to it ({refused.Message}) nor does service '{wanted.Service}' hand it out ({also.Message})", "Mend one of these.");
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size) => Ask($"create served segment of {size} bytes", connection => connection.Create(size));

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        if (!ServedId.TryParse(description.Id, out var id)) throw NotOurs(description.Id);
        if (id.Service != _service || (description.Service is { } named && named != _service))
        {
            throw new ShMemException(ShMemError.NotFound, $"open {description.Id}", $"it is not a segment of service '{_service}'",
                "Open it by the description that its creator gave, with a provider of its service.");
        }

        var wanted = description;
        return Ask($"open {wanted.Id}", connection => connection.Open(wanted, access));
    }

    /// <summary>Announces a child before it exists: what this process holds at the service now is kept for it.</summary>
    /// <param name="limit">How long it is kept unclaimed: 30 s to 1 h.</param>
    /// <returns>What the child claims it with.</returns>
    /// <exception cref="ShMemException">The limit is out of range, this process has 1024 unclaimed forks, or there is no service.</exception>
    public PreparedFork PreFork(TimeSpan limit) => Ask("announce a fork", connection => connection.PreFork(limit));

    /// <summary>This process knows its child, which need not have claimed yet. From here on the child's death ends the fork (on Linux).</summary>
    /// <param name="fork">As <see cref="PreFork"/> gave it.</param>
    /// <param name="childPid">The child's pid. Nobody has waited for the child yet.</param>
    /// <exception cref="ShMemException">The token has ended or was never given, it is another parent's, or another child has claimed it.</exception>
    public void PostFork(PreparedFork fork, int childPid) => Ask($"report process {childPid} for {fork.Token}", connection => connection.PostFork(fork, childPid));

    /// <summary>This process is the child: what was kept for it is its own. Asking again, in time, changes nothing.</summary>
    /// <param name="fork">As the parent's <see cref="PreFork"/> gave it.</param>
    /// <exception cref="ShMemException">The token has ended or was never given, or it is another process's.</exception>
    public void ClaimFork(PreparedFork fork) => Ask($"claim {fork.Token}", connection => connection.ClaimFork(fork));

    /// <summary>No child came to be.</summary>
    /// <param name="fork">As <see cref="PreFork"/> gave it.</param>
    /// <exception cref="ShMemException">The child has claimed, which was first; or the token has ended, or is another parent's.</exception>
    public void AbortFork(PreparedFork fork) => Ask($"abort {fork.Token}", connection => connection.AbortFork(fork));

    /// <summary>This process means to be restarted: what it holds when it ends is kept for its successor.</summary>
    /// <param name="grace">How long, from its end on; at most 1 h.</param>
    /// <returns>Who this process is to the service: what its successor has to know.</returns>
    /// <exception cref="ShMemException">The time is out of range, or there is no service.</exception>
    public HolderId OnRestart(TimeSpan grace) => Ask("reserve this process's leases", connection => connection.OnRestart(grace));

    /// <summary>This process goes on in another one's place, and holds what that left. It stays kept until <see cref="AcknowledgeRestart"/>.</summary>
    /// <param name="predecessor">As <see cref="OnRestart"/> told it.</param>
    /// <exception cref="ShMemException">Nothing is reserved, or another process has succeeded it.</exception>
    public void Succeed(HolderId predecessor) => Ask($"succeed {predecessor}", connection => connection.Succeed(predecessor));

    /// <summary>This process has opened what it needs of its predecessor's: what was reserved ends.</summary>
    /// <param name="predecessor">As <see cref="OnRestart"/> told it.</param>
    /// <exception cref="ShMemException">Nothing is reserved, or another process has succeeded it.</exception>
    public void AcknowledgeRestart(HolderId predecessor) => Ask($"acknowledge {predecessor}", connection => connection.AcknowledgeRestart(predecessor));

    /// <summary>Ends this process's lease on a segment that came to it by a fork or a restart and that it has no view of.</summary>
    /// <param name="id">The segment.</param>
    /// <exception cref="ShMemException">This process does not hold it, or has views of it: the last one's end releases it.</exception>
    public void Release(ShMemId id) => Ask($"release {id}", connection => connection.ReleaseUnopened(id));

    private void Ask(string purpose, Action<ServiceConnection> request) => Ask(purpose, connection =>
    {
        request(connection);
        return true;
    });

    private T Ask<T>(string purpose, Func<ServiceConnection, T> request)
    {
        while (true)
        {
            var connection = Connection(purpose, out var isNew);
            try
            {
                return request(connection);
            }
            catch (ShMemException e) when (IsWorthAgain(e, connection, isNew))
            {
                // The service was started anew since. What the lost connection may have got is released by its end.
            }
        }
    }

    private static bool IsWorthAgain(ShMemException failure, ServiceConnection connection, bool isNew) =>
        failure.Error == ShMemError.NotFound && connection.IsLost && !isNew;

    private ServiceConnection Connection(string purpose, out bool isNew)
    {
        // The folder is checked once: whoever could change it afterwards is this user.
        _path ??= ServiceAddress.Of(_folder, _service);
        isNew = false;
        lock (Connections)
            if (Connections.TryGetValue(_path, out var known) && !known.IsLost) return known;
        isNew = true;
        var opened = ServiceConnection.Open(_path, _service, _patience, purpose);
        lock (Connections)
        {
            if (!Connections.TryGetValue(_path, out var other) || other.IsLost) return Connections[_path] = opened;
            // Another thread was first: one process is one holder.
            opened.Dispose();
            return other;
        }
    }
}
