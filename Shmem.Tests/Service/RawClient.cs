using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>A connection that sends what it likes.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
internal sealed class RawClient(string address) : IDisposable
{
    private readonly RawConnection _connection = RawConnection.Open(address);
    private readonly byte[] _frame = new byte[FrameWriter.Largest];

    /// <summary>A connection that the service has welcomed.</summary>
    public static RawClient Welcomed(string address)
    {
        var client = new RawClient(address);
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

    public void Send(byte[] bytes) => _connection.Send(bytes);

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
    public void Send(byte[] bytes, int file) => _connection.Send(bytes, file);

    /// <summary>Sends until the service takes no more.</summary>
    /// <returns>False where the service has ended the connection.</returns>
    public bool TrySend(byte[] bytes) => _connection.TrySend(bytes);

    /// <summary>The next frame. A descriptor that comes with it is closed.</summary>
    public (FrameKind Kind, ShMemId Id, ShMemException? Refused) Receive()
    {
        _connection.BeginFrame();
        ReadExactly(_frame.AsSpan(0, FrameWriter.HeaderSize));
        Assert.True(FrameReader.TryBegin(_frame.AsSpan(0, FrameWriter.HeaderSize), out var header));
        Assert.True(header.HasLength);
        ReadExactly(_frame.AsSpan(FrameWriter.HeaderSize, header.Length - FrameWriter.HeaderSize));
        Assert.True(FrameReader.TryBegin(_frame.AsSpan(0, header.Length), out var frame) && frame.IsWhole);
        ShMemException? refused = null;
        ShMemId id = default;
        if (frame.Kind == FrameKind.Refused) Assert.True(frame.TryReadRefusal("test", out refused));
        else if (frame.Kind is FrameKind.Granted or FrameKind.AlreadyHeld) Assert.True(frame.TryRead(out id));
        return (frame.Kind, id, refused);
    }

    /// <summary>True when the service has closed the connection and nothing is left to read.</summary>
    public bool IsEnded() => _connection.Receive(_frame) == 0;

    public void Dispose() => _connection.Dispose();

    private void ReadExactly(Span<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            var received = _connection.Receive(bytes);
            Assert.True(received > 0, "the service has closed the connection, or says nothing");
            bytes = bytes[received..];
        }
    }
}
