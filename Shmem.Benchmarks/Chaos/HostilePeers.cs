using System.Net.Sockets;

namespace Shmem.Benchmarks.Chaos;

/// <summary>Connections that were opened to do harm. They are kept, silent or half-way, until they are released.</summary>
internal sealed class HostilePeers : IDisposable
{
    /// <summary>Longer than any of them should matter for; the oldest are dropped.</summary>
    private const int Most = 300;

    private readonly Queue<Socket> _open = new();

    /// <summary>Connects and sends, and keeps the connection.</summary>
    public void Keep(Func<Socket> connect, ReadOnlySpan<byte> bytes)
    {
        if (TrySend(connect, bytes) is { } socket) _open.Enqueue(socket);
        while (_open.Count > Most) _open.Dequeue().Dispose();
    }

    /// <summary>Connects, sends and dies: without a word, or by a reset, as the kernel does it for a process that is killed with bytes unread.</summary>
    public static void Die(Func<Socket> connect, ReadOnlySpan<byte> bytes, bool byReset)
    {
        using var socket = TrySend(connect, bytes);
        if (byReset && socket is { AddressFamily: AddressFamily.InterNetwork }) socket.LingerState = new LingerOption(enable: true, seconds: 0);
    }

    /// <summary>All of them end; more may come.</summary>
    public void Release()
    {
        while (_open.TryDequeue(out var socket)) socket.Dispose();
    }

    public void Dispose() => Release();

    private static Socket? TrySend(Func<Socket> connect, ReadOnlySpan<byte> bytes)
    {
        Socket? socket = null;
        try
        {
            socket = connect();
            // What does not fit need not be taken.
            socket.SendTimeout = 100;
            if (!bytes.IsEmpty) socket.Send(bytes);
        }
        catch (SocketException)
        {
            // Refused, or ended by the peer: that is its good right.
        }

        return socket;
    }
}
