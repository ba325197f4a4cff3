using System.Diagnostics.CodeAnalysis;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Memfd;

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
    private readonly ServiceLoop _loop;
    private readonly Thread _thread;
    private int _disposed;

    private ShMemService(string name, ServiceListener listener, ISegmentFiles files, ServiceLimits limits)
    {
        Name = name;
        _listener = listener;
        _loop = new ServiceLoop(listener, new ServiceSegments(name, files, limits.OpenForks), limits);
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

    /// <summary>
    /// Hands out a memfd segment of this process as well, until <see cref="Withdraw"/>: to processes of the user that its id does not lead to, because they lack a capability
    /// that this one has, or are in another user or pid namespace, or this one is not dumpable. They must see the run-time folder.
    /// </summary>
    /// <param name="segment">A view of the process that created it. The service has a descriptor of its own, which keeps the segment also when the view is disposed.</param>
    /// <returns>
    /// The description with this service's name in it. Who opens by it asks the service only where the system refuses. <see cref="ShMemEnvironment"/> and messages carry it.
    /// </returns>
    /// <exception cref="ShMemException"><see cref="ShMemError.Unsupported"/>: it is no memfd segment. <see cref="ShMemError.Invalid"/>: this process did not create
    /// it. Or no descriptor is to be had.</exception>
    /// <exception cref="ObjectDisposedException">The service or the view is disposed.</exception>
    [SupportedOSPlatform("linux")]
    public ShMemDescription Offer(ShMem segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        // The descriptor in the id goes with the view.
        using var lease = segment.Lease();
        var purpose = $"offer {segment.Id} by service '{Name}'";
        if (!MemfdId.TryParse(segment.Id, out var id))
        {
            throw new ShMemException(ShMemError.Unsupported, purpose, "only a memfd segment has a descriptor to hand out",
                "Give others its description as it is.");
        }

        if (!segment.IsOwner || id.Process != Environment.ProcessId)
            throw new ShMemException(ShMemError.Invalid, purpose, "this process did not create it", "Let its creator's process offer it.");
        var number = LibcProcess.DuplicateForUs(id.Descriptor, lowest: 0);
        if (number < 0) throw UnixFailure.Of("fcntl(F_DUPFD_CLOEXEC)", purpose);
        var file = new SafeFileHandle(number, ownsHandle: true);
        try
        {
            return WhileServing(segments => segments.Offer(segment.Description, file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Hands out a segment no more that was offered. Who has it keeps it.</summary>
    /// <param name="id">The segment's.</param>
    /// <returns>False where it was not offered.</returns>
    /// <exception cref="ObjectDisposedException">The service is disposed, which has withdrawn all.</exception>
    public bool Withdraw(ShMemId id) => WhileServing(segments => segments.Withdraw(id));

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
        _listener.Dispose();
    }

    /// <summary>The check and what follows are one: the end of the segments waits for both, or comes before.</summary>
    private T WhileServing<T>(Func<ServiceSegments, T> something) => _loop.Do(segments =>
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
        return something(segments);
    });
}
