using System.Collections.Concurrent;

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
    public override ShMemCapabilities Capabilities { get; } = new(ShMemScope.User, CrashClean: true, ReadOnly: true,
        LargestSize: ShMemCapabilities.AddressSpace, HugePages: false, Names: false, Persists: false);

    /// <summary>Opens a segment by the service that its id names.</summary>
    internal static ShMem OpenByItsService(in ShMemDescription description, ShMemAccess access) => ServedId.TryParse(description.Id, out var id)
        ? ByService.GetOrAdd(id.Service, name => new ServedShMemProvider(name)).OpenCore(description, access)
        : throw new ShMemException(ShMemError.NotFound, $"open {description.Id}", "no service gives such an id", "Open it by the description that its creator gave.");

    /// <inheritdoc/>
    protected internal override ShMem CreateCore(long size)
    {
        while (true)
        {
            var connection = Connection($"create served segment of {size} bytes", out var isNew);
            try
            {
                return connection.Create(size);
            }
            catch (ShMemException e) when (IsWorthAgain(e, connection, isNew))
            {
                // The service was started anew since. What the lost connection may have made is released by its end.
            }
        }
    }

    /// <inheritdoc/>
    protected internal override ShMem OpenCore(in ShMemDescription description, ShMemAccess access)
    {
        if (!ServedId.TryParse(description.Id, out var id)) throw NotOurs(description.Id);
        if (id.Service != _service || (description.Service is { } named && named != _service))
        {
            throw new ShMemException(ShMemError.NotFound, $"open {description.Id}", $"it is not a segment of service '{_service}'",
                "Open it by the description that its creator gave, with a provider of its service.");
        }

        while (true)
        {
            var connection = Connection($"open {description.Id}", out var isNew);
            try
            {
                return connection.Open(description, access);
            }
            catch (ShMemException e) when (IsWorthAgain(e, connection, isNew))
            {
                // As above.
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
