using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>A service of this user's that answers one client as it likes, with as many descriptors as it likes.</summary>
[SupportedOSPlatform("linux")]
internal sealed partial class RawService : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private Socket? _client;

    public RawService(string path)
    {
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        _listener.Listen();
    }

    /// <summary>A frame that grants a segment.</summary>
    public static byte[] Granted(string id, long size)
    {
        var writer = new FrameWriter(new byte[FrameWriter.Largest], FrameKind.Granted);
        writer.Write(ShMemId.Parse(id));
        writer.Write(size);
        return writer.End().ToArray();
    }

    /// <summary>Welcomes the next client and reads its first request.</summary>
    public async Task Welcome(int requestLength)
    {
        await Welcome();
        await Request(requestLength);
    }

    /// <summary>Welcomes the next client, which may have left already.</summary>
    public async Task Welcome()
    {
        _client?.Dispose();
        _client = await _listener.AcceptAsync(TestContext.Current.CancellationToken);
        TrySend(new FrameWriter(new byte[FrameWriter.Largest], FrameKind.Welcome).End());
    }

    /// <summary>Reads the next request.</summary>
    public async Task Request(int length)
    {
        for (var request = new byte[length].AsMemory(); !request.IsEmpty;)
        {
            var received = await _client!.ReceiveAsync(request, TestContext.Current.CancellationToken);
            Assert.True(received > 0, "the client has left");
            request = request[received..];
        }
    }

    /// <summary>Sends one message with all these descriptors in it (cmsg(3)), which stay ours.</summary>
    public unsafe void Send(ReadOnlySpan<byte> bytes, params ReadOnlySpan<int> files)
    {
        var abi = SocketAbi.Linux;
        var length = abi.ControlHeaderSize + files.Length * sizeof(int);
        Span<byte> control = stackalloc byte[(length + abi.ControlAlignment - 1) & -abi.ControlAlignment];
        control.Clear();
        BinaryPrimitives.WriteInt64LittleEndian(control, length);
        BinaryPrimitives.WriteInt32LittleEndian(control[sizeof(long)..], abi.SocketLevel);
        BinaryPrimitives.WriteInt32LittleEndian(control[(sizeof(long) + sizeof(int))..], abi.Rights);
        MemoryMarshal.AsBytes(files).CopyTo(control[abi.ControlHeaderSize..]);
        Span<byte> header = stackalloc byte[abi.HeaderSize];
        header.Clear();
        // SAFETY: what the header points to is pinned until the call returns, and the lengths are its own.
        fixed (byte* start = bytes, controls = control, message = header)
        {
            var vector = stackalloc nint[2] { (nint)start, bytes.Length };
            BinaryPrimitives.WriteInt64LittleEndian(header[abi.VectorsOffset..], (nint)vector);
            BinaryPrimitives.WriteInt64LittleEndian(header[abi.VectorCountOffset..], 1);
            BinaryPrimitives.WriteInt64LittleEndian(header[abi.ControlOffset..], files.IsEmpty ? 0 : (nint)controls);
            BinaryPrimitives.WriteInt64LittleEndian(header[abi.ControlLengthOffset..], files.IsEmpty ? 0 : control.Length);
            Assert.Equal(bytes.Length, SendMessage(_client!.SafeHandle, message, abi.NoSignal));
        }
    }

    /// <summary>Sends bytes, unless the client has left.</summary>
    public void TrySend(ReadOnlySpan<byte> bytes) => _client!.Send(bytes, SocketFlags.None, out _);

    /// <summary>Waits until the client has ended the connection, and has said nothing more before.</summary>
    public async Task IsLeft() => Assert.Equal(0, await _client!.ReceiveAsync(new byte[1], TestContext.Current.CancellationToken));

    public void Dispose()
    {
        _client?.Dispose();
        _listener.Dispose();
    }

    [LibraryImport("libc", EntryPoint = "sendmsg", SetLastError = true)]
    private static unsafe partial nint SendMessage(SafeSocketHandle socket, byte* message, int flags);
}
