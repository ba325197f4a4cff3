using System.Diagnostics.CodeAnalysis;

namespace Shmem.Backends.Service;

/// <summary>
/// Makes segments and hands their descriptors to other processes of the user, over a Unix socket in the run-time folder (<c>$SHMEM_RUNTIME_DIR</c>,
/// else <c>/tmp/shmem-&lt;uid&gt;</c>), on Windows over a named pipe (<c>shmem-&lt;SID&gt;-&lt;service&gt;</c>). Clients are <see cref="ServedShMemProvider"/>s.
/// </summary>
/// <remarks>
/// <para>
/// A segment lives for as long as a client holds it, and a client's death, which its closed connection tells, ends what it held. The service's end ends no
/// mapping. Every request gets an answer; a client that is silent, slow, lies about lengths or runs as another user disturbs nobody else.
/// </para>
/// <para>Any member may be used from any thread.</para>
/// </remarks>
public sealed class ShMemService : IDisposable
{
    /// <summary>The longest wait for another process that is just starting or stopping a service.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private readonly ServiceListener _listener;
    private readonly ServiceSegments _segments;
    private readonly ServiceLoop _loop;
    private readonly Thread _thread;
    private int _disposed;

    private ShMemService(string name, ServiceListener listener, ISegmentFiles files, ServiceLimits limits)
    {
        Name = name;
        _listener = listener;
        _segments = new ServiceSegments(name, files, limits.OpenForks);
        _loop = new ServiceLoop(listener, _segments, limits);
        _thread = new Thread(_loop.Run) { IsBackground = true, Name = $"ShMemService {name}" };
        _thread.Start();
    }

    /// <summary>The name by which clients find it.</summary>
    public string Name { get; }

    /// <summary>What it has now.</summary>
    internal ServiceCounts Counts => _loop.Counts;

    /// <summary>Starts a service.</summary>
    /// <param name="name">1 to 32 of <c>[a-z0-9-]</c>.</param>
    /// <param name="backend">What segments are made of: <c>memfd</c>, <c>posix</c>, <c>ashmem</c> or, on Windows, <c>win</c>. Null is what suits the system.</param>
    /// <returns>The service, which serves until it is disposed. The caller disposes it.</returns>
    /// <exception cref="ShMemException">A living service of this user has the name, or it cannot be started.</exception>
    public static ShMemService Start(string name, string? backend = null) => TryStart(name, out var service, backend)
        ? service
        : throw new ShMemException(ShMemError.Invalid, $"start service '{name}'", "a living one has the name",
            $"Use that one, or another name; {nameof(TryStart)} starts a service only where there is none.");

    /// <summary>Starts a service unless a living one of this user has the name. Of any number of processes that try at once, one succeeds.</summary>
    /// <param name="name">1 to 32 of <c>[a-z0-9-]</c>.</param>
    /// <param name="service">The service, which serves until it is disposed; the caller disposes it. Null where another has the name.</param>
    /// <param name="backend">As for <see cref="Start"/>.</param>
    /// <returns>False where another has the name: it serves already.</returns>
    /// <exception cref="ShMemException">It cannot be started.</exception>
    public static bool TryStart(string name, [NotNullWhen(true)] out ShMemService? service, string? backend = null)
    {
        service = TryStart(name, OperatingSystem.IsWindows() ? null : RuntimeFolder.Open(), SegmentFiles.Of(backend), ServiceLimits.Default, Patience);
        return service is not null;
    }

    internal static ShMemService? TryStart(string name, RuntimeFolder? folder, ISegmentFiles files, ServiceLimits limits, TimeSpan patience)
    {
        var listener = ServiceListener.TryStart(folder, name, patience);
        if (listener is null) return null;
        try
        {
            return new ShMemService(name, listener, files, limits);
        }
        catch
        {
            listener.Dispose();
            throw;
        }
    }

    /// <summary>Stops serving and removes its socket or pipe. What clients have mapped stays usable. Further calls do nothing.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0) return;
        using var held = _listener.TryLock();
        _listener.Stop();
        _thread.Join();
        _loop.Dispose();
        _segments.Dispose();
        _listener.Dispose();
    }
}
