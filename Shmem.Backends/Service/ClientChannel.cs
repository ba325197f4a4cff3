namespace Shmem.Backends.Service;

/// <summary>The service's end of a connection. For one thread.</summary>
internal abstract class ClientChannel : IDisposable
{
    /// <summary>What the listener's wait calls it, for as long as it is not disposed.</summary>
    public abstract int Number { get; }

    /// <summary>The client's pid, as the system tells it; 0 where it does not.</summary>
    public abstract int Pid { get; }

    /// <summary>Takes what has come. Does not wait.</summary>
    /// <returns>Bytes, 0 at the connection's end, -1 where nothing has come.</returns>
    public abstract int Receive(Span<byte> room);

    /// <summary>Sends a frame, and with it what the client maps. Does not wait.</summary>
    /// <param name="frame">The frame.</param>
    /// <param name="file">The number of a descriptor or handle of this process, which stays its own; -1 for none.</param>
    /// <returns>False where the client has gone, or leaves no room.</returns>
    public abstract bool Send(ReadOnlySpan<byte> frame, int file = -1);

    public abstract void Dispose();
}
