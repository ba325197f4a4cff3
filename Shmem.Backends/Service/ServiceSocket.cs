using System.IO.Pipes;
using System.Net.Sockets;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Janitor;

namespace Shmem.Backends.Service;

/// <summary>
/// The listening socket of a service, <c>&lt;folder&gt;/&lt;service&gt;/s</c>. Whoever makes or removes one holds the lock of the folder meanwhile, so of
/// two starts one sees the other's socket, and a dead service's socket is told from a living one's by asking it.
/// </summary>
internal sealed class ServiceSocket : ServiceListener
{
    /// <summary>Bytes of a path that <c>sun_path</c> has room for with its NUL: 104 on macOS (sys/un.h), 108 on Linux. The shorter is held everywhere.</summary>
    private const int PathRoom = 104;

    private const int Backlog = 128;

    private const string FileName = "s";

    /// <summary>The longest wait of a sweep for another process or for a service's answer.</summary>
    private static readonly TimeSpan SweepPatience = TimeSpan.FromSeconds(2);

    private readonly RuntimeFolder _folder;
    private readonly string _service;
    private readonly Socket _listener;

    /// <summary>Clears the socket's entry in the campaign's manifest.</summary>
    private readonly Func<bool> _unlist;
    private readonly uint _user = LibcFile.EffectiveUser();

    // The hang-up of the pipe is the stop.
    private readonly AnonymousPipeServerStream _stop = new(PipeDirection.Out);
    private readonly SafePipeHandle _stopped;

    /// <summary>Given up for a moment to refuse a connection when the process has no other descriptor left.</summary>
    private SafeFileHandle? _reserve = OpenReserve();

    private ServiceSocket(RuntimeFolder folder, string service, Socket listener, Func<bool> unlist)
    {
        _unlist = unlist;
        _folder = folder;
        _service = service;
        _listener = listener;
        _stopped = _stop.ClientSafePipeHandle;
        // What refuses for want of descriptors is loaded now: an assembly takes a descriptor too.
        FrameWriter.Refusal(stackalloc byte[FrameWriter.Largest],
            SocketFailure.Of(new SocketException((int)SocketError.TooManyOpenSockets), "accept", "serve a connection"));
    }

    public override int StopNumber => (int)_stopped.DangerousGetHandle();

    public override int Number => (int)_listener.SafeHandle.DangerousGetHandle();

    /// <summary>Where the service listens.</summary>
    /// <exception cref="ShMemException">The name is none, or the path is too long for a socket.</exception>
    public static string PathOf(RuntimeFolder folder, string service)
    {
        ServiceAddress.CheckName(service);
        var path = Path.Combine(folder.Path, service, FileName);
        var length = Encoding.UTF8.GetByteCount(path);
        if (length < PathRoom) return path;
        throw new ShMemException(ShMemError.LimitReached, $"name a socket {path}", $"its path has {length} bytes, and a socket's may have {PathRoom - 1}",
            $"Set {RuntimeFolder.Variable} to a folder with a shorter path.");
    }

    /// <summary>True for what <see cref="PathOf"/> makes.</summary>
    public static bool IsPath(string path) => Path.IsPathRooted(path) && Path.GetFileName(path) == FileName
        && ShMemDescription.IsServiceName(Path.GetFileName(Path.GetDirectoryName(path)));

    /// <summary>The socket of each service of the folder, whether that lives or not.</summary>
    public static IEnumerable<string> All(string runtimeFolder) =>
        Directory.GetDirectories(runtimeFolder).Select(folder => Path.Combine(folder, FileName)).Where(path => IsPath(path) && File.Exists(path));

    /// <summary>True where nobody listens there. Nobody is kept from starting to.</summary>
    public static bool IsDead(string path)
    {
        try
        {
            return !ServiceConnection.IsAlive(path, Path.GetFileName(Path.GetDirectoryName(path)!), SweepPatience);
        }
        catch (ShMemException)
        {
            // Somebody has it and says nothing.
            return false;
        }
    }

    /// <summary>Removes the socket of a service that died, or of one of this process, which ends now; and its folder, also where it died before it had a socket.</summary>
    /// <returns>False where there is no socket, or its name belongs to another living service by now, or nobody can say.</returns>
    public static bool Remove(string path, bool ofThisProcess)
    {
        var folder = Path.GetDirectoryName(path)!;
        if (!Directory.Exists(folder)) return false;
        try
        {
            using var held = FolderLock.Take(RuntimeFolder.Open(Path.GetDirectoryName(folder)!), SweepPatience);
            var hasSocket = File.Exists(path);
            if (hasSocket)
            {
                var isDead = ofThisProcess
                    ? SocketServerChannel.IsNobodyElses(path, SweepPatience)
                    : !ServiceConnection.IsAlive(path, Path.GetFileName(folder), SweepPatience);
                if (!isDead) return false;
                File.Delete(path);
            }

            Directory.Delete(folder);
            return hasSocket;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody starts or stops a service this moment, or a stopped one does not answer: another sweep will see.
            return false;
        }
    }

    /// <summary>Listens, unless a living service has the name. What a dead one left is replaced.</summary>
    /// <returns>Null where a living service has the name.</returns>
    /// <exception cref="ShMemException">The folder or the socket cannot be made.</exception>
    public static ServiceSocket? TryBind(RuntimeFolder folder, string service, TimeSpan patience)
    {
        var path = PathOf(folder, service);
        // Before the lock, which the sweep of dead campaigns takes too.
        Func<bool> unlist = List(path);
        Socket? listener = null;
        try
        {
            using var held = FolderLock.Take(folder, patience);
            folder.Subfolder(service);
            if (ServiceConnection.IsAlive(path, service, patience))
            {
                unlist();
                return null;
            }

            listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(Backlog);
            listener.Blocking = false;
            return new ServiceSocket(folder, service, listener, unlist);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            listener?.Dispose();
            unlist();
            throw SocketFailure.Of(e, "bind", $"start service '{service}'");
        }
    }

    public override void Wait(Span<PollEntry> entries, int milliseconds)
    {
        if (LibcSocket.Poll(entries, milliseconds) >= 0) return;
        // EINTR, or no memory for a moment: nothing is ready then.
        foreach (ref var entry in entries) entry.Ready = 0;
    }

    public override ClientChannel? Accept(out ShMemException? refused, out bool exhausted)
    {
        refused = null;
        exhausted = false;
        try
        {
            var accepted = _listener.Accept();
            refused = Stranger(accepted, out var pid);
            return new SocketChannel(accepted, pid);
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets)
        {
            exhausted = !RefuseWithTheReserve(SocketFailure.Of(e, "accept", "serve a connection"));
            return null;
        }
        catch (SocketException)
        {
            // The client has gone again.
            return null;
        }
    }

    public override void Stop() => _stop.Dispose();

    /// <returns>Null where the lock cannot be had. What is left then does not block the next start.</returns>
    public override IDisposable? TryLock()
    {
        try
        {
            return FolderLock.Take(_folder, TimeSpan.FromSeconds(5));
        }
        catch (ShMemException)
        {
            return null;
        }
    }

    /// <summary>Stops listening and removes the socket.</summary>
    public override void Dispose()
    {
        _stop.Dispose();
        _stopped.Dispose();
        _reserve?.Dispose();
        // Deletes the socket's file too.
        _listener.Dispose();
        try
        {
            Directory.Delete(Path.Combine(_folder.Path, _service));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody keeps something in it, or has removed it: neither is ours to mend.
        }

        _unlist();
    }

    /// <summary>Lists a socket that outlives kill -9, on systems that have a manifest.</summary>
    private static Func<bool> List(string path)
    {
        if (!OperatingSystem.IsLinux()) return static () => true;
        var entry = ShMemCampaign.List(ListedName.Socket(path));
        return entry.Clear;
    }

    /// <summary>The descriptor that is kept for it lets the one who waits have an answer; it would wait for ever otherwise.</summary>
    /// <returns>False where another thread of this process has taken the descriptor.</returns>
    private bool RefuseWithTheReserve(ShMemException why)
    {
        _reserve?.Dispose();
        try
        {
            using var accepted = new SocketChannel(_listener.Accept(), pid: 0);
            accepted.Send(FrameWriter.Refusal(stackalloc byte[FrameWriter.Largest], why));
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
        finally
        {
            _reserve = OpenReserve();
        }
    }

    private ShMemException? Stranger(Socket accepted, out int pid)
    {
        if (!LibcSocket.TryGetPeer(accepted.SafeHandle, out var user, out pid)) return UnixFailure.Of("getsockopt(SO_PEERCRED)", "serve a connection");
        return user == _user ? null : new ShMemException(ShMemError.Denied, "serve a connection", $"it comes from user {user}, and this service is user {_user}'s",
            "A service and its clients run as one user.");
    }

    private static SafeFileHandle? OpenReserve()
    {
        var handle = LibcFile.OpenAt(LibcFile.AT_FDCWD, "/dev/null", LibcFile.O_RDONLY | LibcFile.O_CLOEXEC);
        if (!handle.IsInvalid) return handle;
        handle.Dispose();
        return null;
    }
}
