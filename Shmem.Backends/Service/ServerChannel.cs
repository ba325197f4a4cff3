namespace Shmem.Backends.Service;

/// <summary>A client's end of a connection. For one thread at a time.</summary>
internal abstract class ServerChannel : IDisposable
{
    /// <summary>True where the last call failed because the service is gone.</summary>
    public abstract bool IsEnd { get; }

    /// <summary>True where the last call failed because the service did not answer in time.</summary>
    public abstract bool IsLate { get; }

    /// <summary>Connects.</summary>
    /// <param name="address">As <see cref="ServiceAddress.Of"/> has it.</param>
    /// <param name="purpose">What for, for messages.</param>
    /// <param name="patience">The longest wait of each call.</param>
    /// <exception cref="ShMemException">Nobody listens there, or the system refuses.</exception>
    public static ServerChannel Connect(string address, string purpose, TimeSpan patience) => OperatingSystem.IsWindows()
        ? Pipes.PipeServerChannel.Connect(address, purpose, patience)
        : SocketServerChannel.Connect(address, purpose, patience);

    /// <summary>Makes sure that the service runs as this user.</summary>
    /// <exception cref="ShMemException">It does not, or the system does not say.</exception>
    public abstract void CheckPeer(string purpose);

    /// <summary>Sends a request.</summary>
    /// <returns>Bytes sent; -1 on failure.</returns>
    public abstract int Send(ReadOnlySpan<byte> request);

    /// <summary>Waits for bytes of an answer.</summary>
    /// <param name="room">Where they go.</param>
    /// <param name="file">The number of a descriptor or handle that came with them, this process's from here on; -1 for none, or for several.</param>
    /// <param name="truncated">True where one was sent and could not be received.</param>
    /// <returns>Bytes, 0 at the connection's end, -1 on failure.</returns>
    public abstract int Receive(Span<byte> room, out int file, out bool truncated);

    /// <summary>Why the last call failed.</summary>
    public abstract ShMemException Failure(string call, string purpose);

    public abstract void Dispose();
}
