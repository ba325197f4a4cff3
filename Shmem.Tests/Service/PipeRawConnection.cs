using System.IO.Pipes;
using System.Runtime.Versioning;
using Shmem.Backends.Interop;
using Xunit;

namespace Shmem.Tests.Service;

[SupportedOSPlatform("windows")]
internal sealed class PipeRawConnection : RawConnection
{
    private readonly NamedPipeClientStream _pipe;

    public PipeRawConnection(string name)
    {
        var handle = Kernel32Pipes.Open(name);
        // The service is about to make the next instance.
        while (handle.IsInvalid)
        {
            Assert.True(Kernel32Pipes.WaitFor(name, (int)ServiceFixture.Patience.TotalMilliseconds), "nobody listens");
            handle = Kernel32Pipes.Open(name);
        }

        _pipe = new NamedPipeClientStream(PipeDirection.InOut, isAsync: true, isConnected: true, handle);
    }

    public override void Send(byte[] bytes) => _pipe.Write(bytes);

    public override void Send(byte[] bytes, int file) => throw new PlatformNotSupportedException();

    public override bool TrySend(byte[] bytes)
    {
        try
        {
            _pipe.Write(bytes);
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }

    public override void BeginFrame()
    {
        Span<byte> number = stackalloc byte[sizeof(long)];
        for (var length = 0; length < number.Length;)
        {
            var came = Receive(number[length..]);
            Assert.True(came > 0, "the service has closed the connection");
            length += came;
        }

        if (BitConverter.ToInt64(number) is not 0 and var handle) Assert.NotEqual(0, Kernel32Handles.Close((nint)handle));
    }

    public override int Receive(Span<byte> room)
    {
        var bytes = new byte[room.Length];
        using var limit = new CancellationTokenSource(ServiceFixture.Patience);
        try
        {
            var length = _pipe.ReadAsync(bytes, limit.Token).AsTask().GetAwaiter().GetResult();
            bytes.AsSpan(0, length).CopyTo(room);
            return length;
        }
        catch (IOException)
        {
            return 0;
        }
        catch (OperationCanceledException)
        {
            return -1;
        }
    }

    public override void Dispose() => _pipe.Dispose();
}
