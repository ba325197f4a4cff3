using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>A connection as the service sees it: its holder, and the bytes of a request that is not whole yet.</summary>
internal sealed class ClientConnection(ClientChannel channel, HolderId holder, TimeSpan deadline) : IDisposable
{
    private readonly byte[] _received = new byte[FrameWriter.Largest];
    private int _length;

    /// <summary>The connection's, which owns it.</summary>
    public ClientChannel Channel => channel;

    public HolderId Holder { get; } = holder;

    /// <summary>When its patience ends: a first request, or the rest of one that it has begun, must have come by then. Null where nothing is owed.</summary>
    public TimeSpan? Deadline { get; private set; } = deadline;

    public ReadOnlySpan<byte> Received => _received.AsSpan(0, _length);

    /// <summary>Room for more bytes; never none, since a whole request is taken out at once.</summary>
    public Span<byte> Room => _received.AsSpan(_length);

    /// <summary>Bytes have come into <see cref="Room"/>.</summary>
    /// <param name="bytes">How many.</param>
    /// <param name="deadline">When the rest has to be there, if they begin a request.</param>
    public void Add(int bytes, TimeSpan deadline)
    {
        _length += bytes;
        Deadline ??= deadline;
    }

    /// <summary>A request has been answered: what follows it moves up.</summary>
    /// <param name="bytes">The request's length.</param>
    /// <param name="deadline">When the next one has to be there, if it has begun already.</param>
    public void Take(int bytes, TimeSpan deadline)
    {
        _received.AsSpan(bytes, _length - bytes).CopyTo(_received);
        _length -= bytes;
        Deadline = _length > 0 ? deadline : null;
    }

    public void Dispose() => channel.Dispose();
}
