using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>
/// Serves all connections on one thread that only ever waits in poll(2): no client can block another, and nothing is shared between threads. Each
/// request gets one answer; an answer that a client leaves no room for ends the client.
/// </summary>
internal sealed class ServiceLoop : IDisposable
{
    /// <summary>How long no connection is accepted after one could be neither accepted nor refused.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly Socket _listener;
    private readonly SafeHandle _stop;
    private readonly ServiceSegments _segments;
    private readonly ServiceLimits _limits;
    private readonly List<ClientConnection> _clients = [];
    private readonly RequestHandler _requests;
    private readonly byte[] _welcome = new byte[FrameWriter.HeaderSize];
    private readonly uint _user = LibcFile.EffectiveUser();
    private PollEntry[] _entries = new PollEntry[16];

    /// <summary>Given up for a moment to refuse a connection when the process has no other descriptor left.</summary>
    private SafeFileHandle? _reserve = OpenReserve();

    private TimeSpan _acceptFrom;

    // From somewhere up, and below the numbers of forks' children: a holder of an earlier service of this name is hardly ever one of ours.
    private long _connections = Random.Shared.NextInt64(1, ForkLedger.FirstChildNumber / 2);
    private volatile ServiceCounts _counts;

    /// <param name="listener">Does not block. The caller's.</param>
    /// <param name="stop">The read end of a pipe: its hang-up ends the loop. The caller's.</param>
    /// <param name="segments">The caller's, who leaves it alone while the loop runs.</param>
    /// <param name="limits">What clients may do.</param>
    public ServiceLoop(Socket listener, SafeHandle stop, ServiceSegments segments, ServiceLimits limits)
    {
        _listener = listener;
        _stop = stop;
        _segments = segments;
        _counts = segments.Count(connections: 0);
        _limits = limits;
        // What refuses for want of descriptors is loaded now: an assembly takes a descriptor too.
        _requests = new RequestHandler(segments);
        _requests.Refusal(SocketFailure.Of(new SocketException((int)SocketError.TooManyOpenSockets), "accept", "serve a connection"));
    }

    /// <summary>What there is, for whoever watches from another thread.</summary>
    public ServiceCounts Counts => _counts;

    private TimeSpan Now => _limits.Clock.GetElapsedTime(0);

    /// <summary>Serves until the pipe is hung up.</summary>
    public void Run()
    {
        while (true)
        {
            var entries = Wait();
            if (entries[0].Ready != 0) return;
            // First who is gone: every request, and time itself, changes who is watched.
            EndChildren(entries[(2 + _clients.Count)..]);
            _segments.Expire(Now);
            // From the last one down, since those that end are removed.
            for (var i = _clients.Count - 1; i >= 0; i--)
            {
                var ends = entries[i + 2].Ready != 0 ? !Receive(_clients[i]) : IsLate(_clients[i]);
                if (ends) End(i);
            }

            if (entries[1].Ready != 0) Accept();
            _counts = _segments.Count(_clients.Count);
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
        _reserve?.Dispose();
    }

    /// <returns>What was waited for: the stop, the listener, the clients and the watched children in their order.</returns>
    private ReadOnlySpan<PollEntry> Wait()
    {
        var children = _clients.Count + 2;
        var count = children + _segments.Children.Count;
        if (_entries.Length < count) Array.Resize(ref _entries, count * 2);
        var entries = _entries.AsSpan(0, count);
        var until = _segments.NextDue;
        var accepts = Now >= _acceptFrom;
        if (!accepts && (until is null || _acceptFrom < until)) until = _acceptFrom;
        entries[0] = new PollEntry((int)_stop.DangerousGetHandle(), LibcSocket.POLLIN);
        entries[1] = new PollEntry(accepts ? (int)_listener.SafeHandle.DangerousGetHandle() : -1, LibcSocket.POLLIN);
        for (var i = 0; i < _clients.Count; i++)
        {
            entries[i + 2] = new PollEntry(_clients[i].Number, LibcSocket.POLLIN);
            if (_clients[i].Deadline is { } deadline && (until is null || deadline < until)) until = deadline;
        }

        for (var i = children; i < count; i++) entries[i] = new PollEntry(_segments.Children[i - children].Descriptor, LibcSocket.POLLIN);
        var milliseconds = until is { } end ? (int)Math.Clamp(Math.Ceiling((end - Now).TotalMilliseconds), 0, int.MaxValue) : -1;
        if (LibcSocket.Poll(entries, milliseconds) < 0)
        {
            // EINTR, or no memory for a moment: nothing is ready then.
            foreach (ref var entry in entries) entry.Ready = 0;
        }

        return entries;
    }

    /// <summary>Ends the forks of children that are gone.</summary>
    /// <param name="entries">What poll said of each.</param>
    private void EndChildren(ReadOnlySpan<PollEntry> entries)
    {
        for (var i = entries.Length - 1; i >= 0; i--)
            if (entries[i].Ready != 0) _segments.HolderGone(_segments.Children[i].Child);
    }

    private void Accept()
    {
        Socket? accepted = null;
        try
        {
            accepted = _listener.Accept();
            if (Stranger(accepted) is { } stranger) Refuse(accepted, stranger);
            else if (_clients.Count >= _limits.Connections) Refuse(accepted, TooMany());
            else
            {
                LibcSocket.TryGetPeer(accepted.SafeHandle, out _, out var pid);
                var client = new ClientConnection(accepted, new HolderId(++_connections, pid, 0), Now + _limits.Request);
                if (Send(client.Handle, new FrameWriter(_welcome, FrameKind.Welcome).End()))
                {
                    _clients.Add(client);
                    accepted = null;
                }
            }
        }
        catch (SocketException e) when (e.SocketErrorCode is SocketError.TooManyOpenSockets)
        {
            RefuseWithTheReserve(SocketFailure.Of(e, "accept", "serve a connection"));
        }
        catch (SocketException)
        {
            // The client has gone again.
        }
        finally
        {
            accepted?.Dispose();
        }
    }

    /// <summary>The descriptor that is kept for it lets the one who waits have an answer; it would wait for ever otherwise.</summary>
    private void RefuseWithTheReserve(ShMemException why)
    {
        _reserve?.Dispose();
        try
        {
            using var accepted = _listener.Accept();
            Refuse(accepted, why);
        }
        catch (SocketException)
        {
            // Another thread of this process has taken the descriptor.
            _acceptFrom = Now + Pause;
        }

        _reserve = OpenReserve();
    }

    private ShMemException? Stranger(Socket accepted)
    {
        if (!LibcSocket.TryGetPeer(accepted.SafeHandle, out var user, out _)) return UnixFailure.Of("getsockopt(SO_PEERCRED)", "serve a connection");
        return user == _user ? null : new ShMemException(ShMemError.Denied, "serve a connection", $"it comes from user {user}, and this service is user {_user}'s",
            "A service and its clients run as one user.");
    }

    private ShMemException TooMany() => new(ShMemError.LimitReached, "serve a connection",
        $"the service has {_clients.Count} connections, as many as it may", "End processes that use it, or start another service.");

    /// <returns>False where the connection ends, and with it what was granted: it has ended, or cannot be understood, or leaves no room for an answer.</returns>
    private bool Receive(ClientConnection client)
    {
        var received = LibcSocket.ReceiveBytes(client.Handle, client.Room);
        if (received < 0) return Marshal.GetLastPInvokeError() == LibcErrno.EAGAIN;
        if (received == 0) return false;
        client.Add(received, Now + _limits.Request);
        while (_requests.TryAnswer(client.Received, client.Holder, out var answer))
        {
            if (!Send(client.Handle, answer.Frame, answer.File) || answer.EndsConnection) return false;
            client.Take(answer.Taken, Now + _limits.Request);
        }

        return true;
    }

    private bool IsLate(ClientConnection client)
    {
        if (client.Deadline is not { } deadline || Now < deadline) return false;
        Refuse(client.Handle, new ShMemException(ShMemError.Invalid, "wait for a request", $"none came whole within {_limits.Request.TotalSeconds} s",
            "Send a request at once after connecting, and each in one piece."));
        return true;
    }

    private void End(int index)
    {
        var client = _clients[index];
        _clients.RemoveAt(index);
        client.Dispose();
        _segments.HolderGone(client.Holder);
    }

    private void Refuse(Socket socket, ShMemException why) => Refuse(socket.SafeHandle, why);

    private bool Refuse(SafeSocketHandle socket, ShMemException why) => Send(socket, _requests.Refusal(why));

    private static bool Send(SafeSocketHandle socket, ReadOnlySpan<byte> frame, int file = -1) => LibcSocket.Send(socket, frame, file) == frame.Length;

    private static SafeFileHandle? OpenReserve()
    {
        var handle = LibcFile.OpenAt(LibcFile.AT_FDCWD, "/dev/null", LibcFile.O_RDONLY | LibcFile.O_CLOEXEC, 0);
        if (!handle.IsInvalid) return handle;
        handle.Dispose();
        return null;
    }
}
