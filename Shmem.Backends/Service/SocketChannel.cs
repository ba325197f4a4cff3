using System.Net.Sockets;
using System.Runtime.InteropServices;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Service;

/// <summary>The service's end of a Unix socket, which it owns.</summary>
internal sealed class SocketChannel(Socket socket, int pid) : ClientChannel
{
    public override int Number { get; } = (int)socket.SafeHandle.DangerousGetHandle();

    public override int Pid => pid;

    public override int Receive(Span<byte> room)
    {
        var received = LibcSocket.ReceiveBytes(socket.SafeHandle, room);
        return received >= 0 ? received : Marshal.GetLastPInvokeError() == LibcErrno.EAGAIN ? -1 : 0;
    }

    public override bool Send(ReadOnlySpan<byte> frame, int file = -1) => LibcSocket.Send(socket.SafeHandle, frame, file) == frame.Length;

    public override void Dispose() => socket.Dispose();
}
