using System.Runtime.Versioning;

namespace Shmem.Tests.Service;

/// <summary>Bytes to and from a service, by whatever its platform has.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
internal abstract class RawConnection : IDisposable
{
    public static RawConnection Open(string address)
    {
        if (OperatingSystem.IsWindows()) return new PipeRawConnection(address);
        return new SocketRawConnection(address);
    }

    /// <summary>Sends all bytes.</summary>
    public abstract void Send(byte[] bytes);

    /// <summary>Sends bytes and a descriptor of ours beside them.</summary>
    public abstract void Send(byte[] bytes, int file);

    /// <summary>Sends what the service takes.</summary>
    /// <returns>False where it has ended the connection.</returns>
    public abstract bool TrySend(byte[] bytes);

    /// <summary>What comes before a frame; a handle in it is closed.</summary>
    public abstract void BeginFrame();

    /// <summary>Waits for bytes. A descriptor that comes with them is closed.</summary>
    /// <returns>0 at the end, -1 where none come in time.</returns>
    public abstract int Receive(Span<byte> room);

    public abstract void Dispose();
}
