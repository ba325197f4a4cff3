using System.IO.Pipes;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;

namespace Shmem.Backends.Service.Pipes;

/// <summary>
/// A connection of a service's pipe. What goes to the client is each time the number of a handle of the client's own (8 bytes, little endian, 0 for none), and the frame.
/// </summary>
[SupportedOSPlatform("windows")]
internal sealed class PipeChannel : ClientChannel
{
    /// <summary>Answers that the client has left unread while the pipe is full. One that waits for each answer leaves none.</summary>
    private const int MostUnsent = 16;

    private readonly NamedPipeServerStream _pipe;
    private readonly SafeProcessHandle _client;
    private readonly AutoResetEvent _wake;
    private readonly Dictionary<int, PipeChannel> _all;
    private readonly byte[] _incoming = new byte[FrameWriter.Largest];
    private Task<int> _reading;
    private int _taken;
    private int _unsent;

    /// <param name="pipe">Connected. The channel's from here on.</param>
    /// <param name="client">The client, open for duplicating. The channel's from here on.</param>
    /// <param name="pid">The client's.</param>
    /// <param name="number">Its own among the listener's channels.</param>
    /// <param name="wake">Set when something has come.</param>
    /// <param name="all">The listener's channels, which it leaves with its end.</param>
    public PipeChannel(NamedPipeServerStream pipe, SafeProcessHandle client, int pid, int number, AutoResetEvent wake, Dictionary<int, PipeChannel> all)
    {
        (_pipe, _client, Pid, Number, _wake, _all) = (pipe, client, pid, number, wake, all);
        _reading = Read();
    }

    public override int Number { get; }

    public override int Pid { get; }

    /// <summary>True where bytes, or the end, have come.</summary>
    public bool IsReady => _reading.IsCompleted;

    public override int Receive(Span<byte> room)
    {
        if (!_reading.IsCompleted) return -1;
        var came = _incoming.AsSpan(_taken, _reading.Result - _taken);
        if (came.IsEmpty) return 0;
        var length = Math.Min(came.Length, room.Length);
        came[..length].CopyTo(room);
        _taken += length;
        if (length < came.Length) return length;
        _taken = 0;
        _reading = Read();
        return length;
    }

    public override bool Send(ReadOnlySpan<byte> frame, int file = -1)
    {
        if (Volatile.Read(ref _unsent) >= MostUnsent) return false;
        nint given = 0;
        if (file >= 0)
        {
            using var section = new SafeFileHandle(file, ownsHandle: false);
            given = Kernel32Handles.Give(section, _client, ShMemAccess.ReadWrite);
            if (given == 0) return false;
        }

        var message = new byte[sizeof(long) + frame.Length];
        BitConverter.TryWriteBytes(message, (long)given);
        frame.CopyTo(message.AsSpan(sizeof(long)));
        Interlocked.Increment(ref _unsent);
        _ = Write(message, given);
        return true;
    }

    public override void Dispose()
    {
        _all.Remove(Number);
        // What the pipe holds already, the client reads to its end.
        _pipe.Dispose();
        _client.Dispose();
    }

    private Task<int> Read()
    {
        var reading = ReadOnce();
        // After its end, not at it: whoever is woken must find it ended.
        reading.ContinueWith(_ => _wake.Set(), CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        return reading;
    }

    /// <returns>Bytes, or 0 at the end.</returns>
    private async Task<int> ReadOnce()
    {
        try
        {
            return await _pipe.ReadAsync(_incoming).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            return 0;
        }
    }

    /// <summary>The order of the calls is that of the messages.</summary>
    private async Task Write(byte[] message, nint given)
    {
        // The client's handle outlives the channel's use of it, so that a handle of which the client never hears can be closed there.
        var kept = false;
        _client.DangerousAddRef(ref kept);
        try
        {
            await _pipe.WriteAsync(message).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException or OperationCanceledException)
        {
            if (given != 0) Kernel32Handles.CloseIn(_client, given);
        }
        finally
        {
            if (kept) _client.DangerousRelease();
            Interlocked.Decrement(ref _unsent);
        }
    }
}
