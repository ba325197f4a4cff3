using System.Net.Sockets;
using System.Text;

namespace Shmem.Backends.Service;

/// <summary>
/// The listening socket of a service, <c>&lt;folder&gt;/&lt;service&gt;/s</c>. Whoever makes or removes one holds the lock of the folder meanwhile, so of
/// two starts one sees the other's socket, and a dead service's socket is told from a living one's by asking it.
/// </summary>
internal sealed class ServiceSocket : IDisposable
{
    /// <summary>Bytes of a path that <c>sun_path</c> has room for with its NUL: 104 on macOS (sys/un.h), 108 on Linux. The shorter is held everywhere.</summary>
    private const int PathRoom = 104;

    private const int Backlog = 128;

    private readonly RuntimeFolder _folder;
    private readonly string _service;

    private ServiceSocket(RuntimeFolder folder, string service, Socket listener)
    {
        _folder = folder;
        _service = service;
        Listener = listener;
    }

    public Socket Listener { get; }

    /// <summary>Where the service listens.</summary>
    /// <exception cref="ShMemException">The name is none, or the path is too long for a socket.</exception>
    public static string PathOf(RuntimeFolder folder, string service)
    {
        if (!ShMemDescription.IsServiceName(service))
        {
            throw new ShMemException(ShMemError.Invalid, $"name a service '{service}'", "a service's name is 1 to 32 of [a-z0-9-]",
                "Choose a name of these.");
        }

        var path = Path.Combine(folder.Path, service, "s");
        var length = Encoding.UTF8.GetByteCount(path);
        if (length < PathRoom) return path;
        throw new ShMemException(ShMemError.LimitReached, $"name a socket {path}", $"its path has {length} bytes, and a socket's may have {PathRoom - 1}",
            $"Set {RuntimeFolder.Variable} to a folder with a shorter path.");
    }

    /// <summary>Listens, unless a living service has the name. What a dead one left is replaced.</summary>
    /// <returns>Null where a living service has the name.</returns>
    /// <exception cref="ShMemException">The folder or the socket cannot be made.</exception>
    public static ServiceSocket? TryBind(RuntimeFolder folder, string service, TimeSpan patience)
    {
        var path = PathOf(folder, service);
        using var held = FolderLock.Take(folder, patience);
        folder.Subfolder(service);
        if (ServiceConnection.IsAlive(path, service, patience)) return null;
        var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            File.Delete(path);
            listener.Bind(new UnixDomainSocketEndPoint(path));
            listener.Listen(Backlog);
            listener.Blocking = false;
            return new ServiceSocket(folder, service, listener);
        }
        catch (Exception e) when (e is SocketException or IOException or UnauthorizedAccessException)
        {
            listener.Dispose();
            throw SocketFailure.Of(e, "bind", $"start service '{service}'");
        }
    }

    /// <summary>Keeps others from asking whether we live while we end: they would wait for an answer.</summary>
    /// <returns>Null where the lock cannot be had. What is left then does not block the next start.</returns>
    public FolderLock? TryLock()
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
    public void Dispose()
    {
        // Deletes the socket's file too.
        Listener.Dispose();
        try
        {
            Directory.Delete(Path.Combine(_folder.Path, _service));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Somebody keeps something in it, or has removed it: neither is ours to mend.
        }
    }
}
