using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>
/// Serves all connections on one thread that only ever waits for all of them: no client can block another. Each request gets one answer; an answer that
/// a client leaves no room for ends the client. What the service's own process does comes in between, under a lock.
/// </summary>
internal sealed class ServiceLoop : IDisposable
{
    /// <summary>How long no connection is accepted after one could be neither accepted nor refused.</summary>
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(100);

    private readonly ServiceListener _listener;
    private readonly ServiceSegments _segments;
    private readonly ServiceLimits _limits;
    private readonly List<ClientConnection> _clients = [];
    private readonly Lock _gate = new();
    private readonly RequestHandler _requests;
    private readonly PollSet _polled = new();
    private readonly byte[] _welcome = new byte[FrameWriter.HeaderSize];

    private TimeSpan _acceptFrom;

    // From somewhere up, and below the numbers of forks' children: a holder of an earlier service of this name is hardly ever one of ours.
    private long _connections = Random.Shared.NextInt64(1, ForkLedger.FirstChildNumber / 2);
    private volatile ServiceCounts _counts;

    /// <param name="listener">The caller's; its stop ends the loop.</param>
    /// <param name="segments">Owned from here on.</param>
    /// <param name="limits">What clients may do.</param>
    public ServiceLoop(ServiceListener listener, ServiceSegments segments, ServiceLimits limits)
    {
        _listener = listener;
        _segments = segments;
        _counts = segments.Count(connections: 0);
        _limits = limits;
        _requests = new RequestHandler(segments);
    }

    /// <summary>What there is, for whoever watches from another thread.</summary>
    public ServiceCounts Counts => _counts;

    private TimeSpan Now => _limits.Clock.GetElapsedTime(0);

    /// <summary>Serves until the listener is stopped.</summary>
    public void Run()
    {
        while (true)
        {
            Wait();
            if (_polled.IsStopped) return;
            using var gate = _gate.EnterScope();
            // First who is gone: every request, and time itself, changes who is watched.
            EndChildren();
            _segments.Expire(Now);
            // From the last one down, since those that end are removed.
            for (var i = _clients.Count - 1; i >= 0; i--)
            {
                var ends = _polled.IsClientReady(i) ? !Receive(_clients[i]) : IsLate(_clients[i]);
                if (ends) End(i);
            }

            if (_polled.HasNewClient) Accept();
            _counts = _segments.Count(_clients.Count);
        }
    }

    /// <summary>
    /// Does something with the segments that no client asks for, on any thread. It may change neither time limits nor who is watched, which are read while no lock is held.
    /// </summary>
    public T Do<T>(Func<ServiceSegments, T> something)
    {
        using var gate = _gate.EnterScope();
        var result = something(_segments);
        _counts = _segments.Count(_clients.Count);
        return result;
    }

    /// <summary>Ends what is left of connections and segments. The loop no longer runs.</summary>
    public void Dispose()
    {
        using var gate = _gate.EnterScope();
        foreach (var client in _clients) client.Dispose();
        _segments.Dispose();
    }

    /// <summary>Waits until something is to be done.</summary>
    private void Wait()
    {
        var until = _segments.NextDue;
        var accepts = Now >= _acceptFrom;
        if (!accepts && (until is null || _acceptFrom < until)) until = _acceptFrom;
        _polled.Begin(_listener.StopNumber, accepts ? _listener.Number : -1);
        foreach (var client in _clients)
        {
            _polled.AddClient(client.Channel.Number);
            if (client.Deadline is { } deadline && (until is null || deadline < until)) until = deadline;
        }

        for (var i = 0; i < _segments.Children.Count; i++) _polled.AddChild(_segments.Children[i].Descriptor);
        var milliseconds = until is { } end ? (int)Math.Clamp(Math.Ceiling((end - Now).TotalMilliseconds), 0, int.MaxValue) : -1;
        _listener.Wait(_polled.Entries, milliseconds);
    }

    /// <summary>Ends the forks of children that are gone.</summary>
    private void EndChildren()
    {
        // From the last one down, since those that end are removed.
        for (var i = _polled.Children - 1; i >= 0; i--)
            if (_polled.IsChildReady(i)) _segments.HolderGone(_segments.Children[i].Child);
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
        if (channel.Send(new FrameWriter(_welcome, FrameKind.Welcome).End())) _clients.Add(client);
        else client.Dispose();
    }

    private ShMemException TooMany() => new(ShMemError.LimitReached, "serve a connection",
        $"the service has {_clients.Count} connections, as many as it may", "End processes that use it, or start another service.");

    /// <returns>False where the connection ends, and with it what was granted: it has ended, or cannot be understood, or leaves no room for an answer.</returns>
    private bool Receive(ClientConnection client)
    {
        var received = client.Channel.Receive(client.Room);
        if (received <= 0) return received < 0;
        client.Add(received, Now + _limits.Request);
        while (_requests.TryAnswer(client.Received, client.Holder, out var answer))
        {
            if (!client.Channel.Send(answer.Frame, answer.File) || answer.EndsConnection) return false;
            client.Take(answer.Taken, Now + _limits.Request);
        }

        return true;
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
        _segments.HolderGone(client.Holder);
    }

    private void Refuse(ClientChannel channel, ShMemException why) => channel.Send(_requests.Refusal(why));
}
