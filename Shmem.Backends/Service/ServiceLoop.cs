using Shmem.Backends.Interop;
using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>
/// Serves all connections on one thread that only ever waits for all of them: no client can block another, and nothing is shared between threads. Each
/// request gets one answer; an answer that a client leaves no room for ends the client.
/// </summary>
internal sealed class ServiceLoop : IDisposable
{
    /// <summary>How long no connection is accepted after one could be neither accepted nor refused.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ServiceListener _listener;
    private readonly ServiceSegments _segments;
    private readonly ServiceLimits _limits;
    private readonly List<ClientConnection> _clients = [];
    private readonly byte[] _answer = new byte[FrameWriter.Largest];
    private PollEntry[] _entries = new PollEntry[16];

    private TimeSpan _acceptFrom;
    private long _connections;
    private volatile int _connectionCount;
    private volatile int _segmentCount;

    /// <param name="listener">The caller's; its stop ends the loop.</param>
    /// <param name="segments">The caller's, who leaves it alone while the loop runs.</param>
    /// <param name="limits">What clients may do.</param>
    public ServiceLoop(ServiceListener listener, ServiceSegments segments, ServiceLimits limits)
    {
        _listener = listener;
        _segments = segments;
        _limits = limits;
    }

    /// <summary>Connections and segments, for whoever watches from another thread.</summary>
    public (int Connections, int Segments) Counts => (_connectionCount, _segmentCount);

    private TimeSpan Now => _limits.Clock.GetElapsedTime(0);

    /// <summary>Serves until the listener is stopped.</summary>
    public void Run()
    {
        while (true)
        {
            var entries = Wait();
            if (entries[0].Ready != 0) return;
            // From the last one down, since those that end are removed.
            for (var i = _clients.Count - 1; i >= 0; i--)
            {
                var ends = entries[i + 2].Ready != 0 ? !Receive(_clients[i]) : IsLate(_clients[i]);
                if (ends) End(i);
            }

            if (entries[1].Ready != 0) Accept();
            _connectionCount = _clients.Count;
            _segmentCount = _segments.Count;
        }
    }

    public void Dispose()
    {
        foreach (var client in _clients) client.Dispose();
    }

    /// <returns>What was waited for: the stop, the listener, and the clients in their order.</returns>
    private ReadOnlySpan<PollEntry> Wait()
    {
        var count = _clients.Count + 2;
        if (_entries.Length < count) Array.Resize(ref _entries, count * 2);
        var entries = _entries.AsSpan(0, count);
        TimeSpan? until = Now < _acceptFrom ? _acceptFrom : null;
        entries[0] = new PollEntry(_listener.StopNumber, LibcSocket.POLLIN);
        entries[1] = new PollEntry(until is null ? _listener.Number : -1, LibcSocket.POLLIN);
        for (var i = 0; i < _clients.Count; i++)
        {
            entries[i + 2] = new PollEntry(_clients[i].Channel.Number, LibcSocket.POLLIN);
            if (_clients[i].Deadline is { } deadline && (until is null || deadline < until)) until = deadline;
        }

        var milliseconds = until is { } end ? (int)Math.Clamp(Math.Ceiling((end - Now).TotalMilliseconds), 0, int.MaxValue) : -1;
        _listener.Wait(entries, milliseconds);
        return entries;
    }

    private void Accept()
    {
        var channel = _listener.Accept(out var refused, out var exhausted);
        if (exhausted) _acceptFrom = Now + Pause;
        if (channel is null) return;
        if (refused is null && _clients.Count >= _limits.Connections) refused = TooMany();
        if (refused is not null)
        {
            Refuse(channel, refused);
            channel.Dispose();
            return;
        }

        // Its time runs from before it is welcome.
        var client = new ClientConnection(channel, new HolderId(++_connections, channel.Pid, 0), Now + _limits.Request);
        if (channel.Send(new FrameWriter(_answer, FrameKind.Welcome).End())) _clients.Add(client);
        else client.Dispose();
    }

    private ShMemException TooMany() => new(ShMemError.LimitReached, "serve a connection",
        $"the service has {_clients.Count} connections, as many as it may", "End processes that use it, or start another service.");

    /// <returns>False where the connection ends.</returns>
    private bool Receive(ClientConnection client)
    {
        var received = client.Channel.Receive(client.Room);
        if (received <= 0) return received < 0;
        client.Add(received, Now + _limits.Request);
        while (FrameReader.TryBegin(client.Received, out var request))
        {
            if (request.Version != FrameWriter.Version)
            {
                Refuse(client.Channel, new ShMemException(ShMemError.Unsupported, "read a request",
                    $"it is of version {request.Version} of the protocol, and this service speaks {FrameWriter.Version}", "Run one version of Shmem in all processes."));
                return false;
            }

            if (!request.HasLength)
            {
                Refuse(client.Channel, new ShMemException(ShMemError.Invalid, "read a request",
                    $"it claims a length of {request.Length} bytes, and one has {FrameWriter.HeaderSize} to {FrameWriter.Largest}", "Send what the protocol has."));
                return false;
            }

            if (!request.IsWhole) break;
            if (!Answer(client, request)) return false;
            client.Take(request.Length, Now + _limits.Request);
        }

        return true;
    }

    /// <returns>False where the answer could not be sent whole, so that the connection ends, and with it what was granted.</returns>
    private bool Answer(ClientConnection client, FrameReader request)
    {
        try
        {
            switch (request.Kind)
            {
                case FrameKind.Create when request.TryRead(out long size) && request.IsAtEnd:
                    return Grant(client, _segments.Create(client.Holder, size));
                case FrameKind.Open when request.TryRead(out ShMemId id) && request.IsAtEnd:
                    return Grant(client, _segments.Open(client.Holder, id));
                case FrameKind.Release when request.TryRead(out ShMemId id) && request.IsAtEnd:
                    _segments.Release(client.Holder, id);
                    return client.Channel.Send(new FrameWriter(_answer, FrameKind.Released).End());
                default:
                    throw new ShMemException(ShMemError.Invalid, $"answer a request of kind {(ushort)request.Kind}",
                        "there is no such request, or its body is malformed", "Send what the protocol has.");
            }
        }
        catch (ShMemException e)
        {
            return Refuse(client.Channel, e);
        }
    }

    private bool Grant(ClientConnection client, ServiceSegments.Segment segment)
    {
        var writer = new FrameWriter(_answer, FrameKind.Granted);
        writer.Write(segment.Description.Id);
        writer.Write(segment.Description.Size);
        return client.Channel.Send(writer.End(), (int)segment.File.DangerousGetHandle());
    }

    private bool IsLate(ClientConnection client)
    {
        if (client.Deadline is not { } deadline || Now < deadline) return false;
        Refuse(client.Channel, new ShMemException(ShMemError.Invalid, "wait for a request", $"none came whole within {_limits.Request.TotalSeconds} s",
            "Send a request at once after connecting, and each in one piece."));
        return true;
    }

    private void End(int index)
    {
        var client = _clients[index];
        _clients.RemoveAt(index);
        client.Dispose();
        _segments.HolderGone(client.Holder, Now);
    }

    private bool Refuse(ClientChannel channel, ShMemException why) => channel.Send(FrameWriter.Refusal(_answer, why));
}
