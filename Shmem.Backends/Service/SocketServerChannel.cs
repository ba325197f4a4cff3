using System.Net.Sockets;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>A client's end of a Unix socket.</summary>
internal sealed class SocketServerChannel : ServerChannel
{
    private readonly Socket _socket;

    private SocketServerChannel(Socket socket) => _socket = socket;

    public override bool IsEnd => Marshal.GetLastPInvokeError() is LibcErrno.EPIPE || Marshal.GetLastPInvokeError() == LibcErrno.ECONNRESET;

    public override bool IsLate => Marshal.GetLastPInvokeError() == LibcErrno.EAGAIN;

    /// <inheritdoc cref="ServerChannel.Connect"/>
    public static new SocketServerChannel Connect(string path, string purpose, TimeSpan patience)
    {
        Socket? socket = null;
        try
        {
            socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            // They hold for the calls that we make ourselves too, since nothing here is asynchronous (SO_SNDTIMEO also ends a connect).
            socket.SendTimeout = socket.ReceiveTimeout = (int)patience.TotalMilliseconds;
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new SocketServerChannel(socket);
        }
        catch (SocketException e)
        {
            socket?.Dispose();
            // Its queue of those who wait to be let in is full.
            if (e.NativeErrorCode == LibcErrno.EAGAIN)
            {
                throw new ShMemException(ShMemError.Os, purpose, $"who listens at {path} has let nobody in for {patience.TotalSeconds} s",
                    "It is stopped or overloaded: look at its process.");
            }

            throw e.SocketErrorCode is SocketError.ConnectionRefused or SocketError.AddressNotAvailable || e.NativeErrorCode == LibcErrno.ENOENT
                ? new ShMemException(ShMemError.NotFound, purpose, $"nobody listens at {path}",
                    $"Start it, with the same {RuntimeFolder.Variable} in every process.")
                : SocketFailure.Of(e, "connect", purpose);
        }
    }

    /// <summary>True where no other process than this one listens.</summary>
    /// <exception cref="ShMemException">The system does not say.</exception>
    public static bool IsNobodyElses(string path, TimeSpan patience)
    {
        try
        {
            using var channel = Connect(path, $"ask who listens at {path}", patience);
            return LibcSocket.TryGetPeer(channel._socket.SafeHandle, out _, out var pid) && pid == Environment.ProcessId;
        }
        catch (ShMemException e) when (e.Error == ShMemError.NotFound)
        {
            return true;
        }
    }

    public override void CheckPeer(string purpose)
    {
        if (!LibcSocket.TryGetPeer(_socket.SafeHandle, out var user, out _)) throw UnixFailure.Of("getsockopt(SO_PEERCRED)", purpose);
        if (user != LibcFile.EffectiveUser())
        {
            throw new ShMemException(ShMemError.Denied, purpose, $"it runs as user {user}, not as ours", "A service and its clients run as one user.");
        }
    }

    public override int Send(ReadOnlySpan<byte> request) => LibcSocket.Send(_socket.SafeHandle, request);

    public override int Receive(Span<byte> room, out int file, out bool truncated) => LibcSocket.Receive(_socket.SafeHandle, room, out file, out truncated);

    public override ShMemException Failure(string call, string purpose) => UnixFailure.Of(call == "send" ? "sendmsg" : "recvmsg", purpose);

    public override void Dispose() => _socket.Dispose();
}
