using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>A connection that sends what it likes.</summary>
[SupportedOSPlatform("linux")]
internal sealed class RawClient : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _frame = new byte[FrameWriter.Largest];

    public RawClient(string path)
    {
        _socket.ReceiveTimeout = (int)ServiceFixture.Patience.TotalMilliseconds;
        _socket.Connect(new UnixDomainSocketEndPoint(path));
    }

    /// <summary>A connection that the service has welcomed.</summary>
    public static RawClient Welcomed(string path)
    {
        var client = new RawClient(path);
        Assert.Equal(FrameKind.Welcome, client.Receive().Kind);
        return client;
    }

    public static byte[] Create(long size)
    {
        var writer = new FrameWriter(new byte[FrameWriter.Largest], FrameKind.Create);
        writer.Write(size);
        return writer.End().ToArray();
    }

    public static byte[] Of(FrameKind kind, ShMemId id)
    {
        var writer = new FrameWriter(new byte[FrameWriter.Largest], kind);
        writer.Write(id);
        return writer.End().ToArray();
    }

    /// <summary>A header that claims what it likes, and a body.</summary>
    public static byte[] Frame(int length, ushort version, ushort kind, params byte[] body) =>
        [.. BitConverter.GetBytes(length), .. BitConverter.GetBytes(version), .. BitConverter.GetBytes(kind), .. body];

    public void Send(byte[] bytes) => Assert.Equal(bytes.Length, _socket.Send(bytes));

    public (FrameKind Kind, ShMemId Id, ShMemException? Refused) Ask(byte[] request)
    {
        Send(request);
        return Receive();
    }

    /// <summary>Sends a request that has to be refused.</summary>
    public ShMemException Refused(ShMemError error, byte[] request)
    {
        Send(request);
        return Refused(error);
    }

    public ShMemException Refused(ShMemError error)
    {
        var (kind, _, refused) = Receive();
        Assert.Equal(FrameKind.Refused, kind);
        Assert.Equal((error, refused!.Message), (refused.Error, refused.Message));
        Assert.NotEmpty(refused.Remedy);
        return refused;
    }

    /// <summary>Sends bytes and a descriptor of ours beside them.</summary>
    public void Send(byte[] bytes, int file) => Assert.Equal(bytes.Length, LibcSocket.Send(_socket.SafeHandle, bytes, file));

    /// <summary>Sends until the service takes no more.</summary>
    /// <returns>False where the service has ended the connection.</returns>
    public bool TrySend(byte[] bytes) => LibcSocket.Send(_socket.SafeHandle, bytes) > 0
        || Marshal.GetLastPInvokeError() == LibcErrno.EAGAIN;

    /// <summary>The next frame. A descriptor that comes with it is closed.</summary>
    public (FrameKind Kind, ShMemId Id, ShMemException? Refused) Receive()
    {
        ReadExactly(_frame.AsSpan(0, FrameWriter.HeaderSize));
        Assert.True(FrameReader.TryBegin(_frame.AsSpan(0, FrameWriter.HeaderSize), out var header));
        Assert.True(header.HasLength);
        ReadExactly(_frame.AsSpan(FrameWriter.HeaderSize, header.Length - FrameWriter.HeaderSize));
        Assert.True(FrameReader.TryBegin(_frame.AsSpan(0, header.Length), out var frame) && frame.IsWhole);
        ShMemException? refused = null;
        ShMemId id = default;
        if (frame.Kind == FrameKind.Refused) Assert.True(frame.TryReadRefusal("test", out refused));
        else if (frame.Kind == FrameKind.Granted) Assert.True(frame.TryRead(out id));
        return (frame.Kind, id, refused);
    }

    /// <summary>True when the service has closed the connection and nothing is left to read.</summary>
    public bool IsEnded() => LibcSocket.Receive(_socket.SafeHandle, _frame, out _, out _) is 0 or -1
        && Marshal.GetLastPInvokeError() != LibcErrno.EAGAIN;

    public void Dispose() => _socket.Dispose();

    private void ReadExactly(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var received = LibcSocket.Receive(_socket.SafeHandle, bytes, out var file, out _);
            if (file >= 0) _ = LibcFile.Close(file);
            Assert.True(received > 0, $"the service has closed the connection (errno {Marshal.GetLastPInvokeError()})");
            bytes = bytes[received..];
        }
    }
}
