using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Xunit;

namespace Shmem.Tests.Service;

[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
internal sealed class SocketRawConnection : RawConnection
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);

    public SocketRawConnection(string path)
    {
        _socket.ReceiveTimeout = (int)ServiceFixture.Patience.TotalMilliseconds;
        _socket.Connect(new UnixDomainSocketEndPoint(path));
    }

    public override void Send(byte[] bytes) => Assert.Equal(bytes.Length, _socket.Send(bytes));

    public override void Send(byte[] bytes, int file) => Assert.Equal(bytes.Length, LibcSocket.Send(_socket.SafeHandle, bytes, file));

    public override bool TrySend(byte[] bytes) => LibcSocket.Send(_socket.SafeHandle, bytes) > 0 || Marshal.GetLastPInvokeError() == LibcErrno.EAGAIN;

    public override void BeginFrame()
    {
    }

    public override int Receive(Span<byte> room)
    {
        var received = LibcSocket.Receive(_socket.SafeHandle, room, out var file, out _);
        if (received < 0 && Marshal.GetLastPInvokeError() != LibcErrno.EAGAIN) received = 0;
        if (file >= 0) _ = LibcFile.Close(file);
        return received;
    }

    public override void Dispose() => _socket.Dispose();
}
