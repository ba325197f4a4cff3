using System.Diagnostics;
using System.IO.Pipes;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using System.Security.Principal;
using Shmem.Backends.Interop;
using Shmem.Backends.Win32;

namespace Shmem.Backends.Service.Pipes;

/// <summary>A client's end of a service's pipe. What comes is what <see cref="PipeChannel"/> sends.</summary>
[SupportedOSPlatform("windows")]
internal sealed class PipeServerChannel : ServerChannel
{
    private readonly NamedPipeClientStream _pipe;
    private readonly TimeSpan _patience;
    private readonly byte[] _handle = new byte[sizeof(long)];
    private Exception? _failure;

    /// <summary>True where the next bytes are a handle's number.</summary>
    private bool _isBetweenFrames = true;

    private PipeServerChannel(NamedPipeClientStream pipe, TimeSpan patience)
    {
        _pipe = pipe;
        _patience = patience;
    }

    public override bool IsEnd => _failure is IOException;

    public override bool IsLate => _failure is OperationCanceledException;

    /// <inheritdoc cref="ServerChannel.Connect"/>
    public static new PipeServerChannel Connect(string address, string purpose, TimeSpan patience)
    {
        var start = Stopwatch.GetTimestamp();
        while (true)
        {
            var pipe = Kernel32Pipes.Open(address);
            if (!pipe.IsInvalid)
                return new PipeServerChannel(new NamedPipeClientStream(PipeDirection.InOut, isAsync: true, isConnected: true, pipe), patience);
            var error = Marshal.GetLastPInvokeError();
            pipe.Dispose();
            var left = patience - Stopwatch.GetElapsedTime(start);
            // Every instance has its client: the service is about to make the next.
            if (error == Win32Error.PIPE_BUSY && left > TimeSpan.Zero)
            {
                _ = Kernel32Pipes.WaitFor(address, (int)Math.Ceiling(left.TotalMilliseconds));
                continue;
            }

            throw error == Win32Error.FILE_NOT_FOUND
                ? new ShMemException(ShMemError.NotFound, purpose, $"nobody listens at {address}", "Start it, as the same user.")
                : Win32Failure.Of("CreateFileW", purpose, error);
        }
    }

    /// <summary>The pipe belongs to whoever made its first instance.</summary>
    public override void CheckPeer(string purpose)
    {
        SecurityIdentifier? owner;
        try
        {
            owner = (SecurityIdentifier?)_pipe.GetAccessControl().GetOwner(typeof(SecurityIdentifier));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidOperationException)
        {
            throw new ShMemException(ShMemError.Denied, purpose, $"the system does not say whose service it is ({e.Message.TrimEnd('.')})",
                "A service and its clients run as one user.");
        }

        using var self = WindowsIdentity.GetCurrent();
        if (owner != self.User)
        {
            throw new ShMemException(ShMemError.Denied, purpose, $"it belongs to user {owner?.Value ?? "nobody"}, not to us",
                "A service and its clients run as one user.");
        }
    }

    public override int Send(ReadOnlySpan<byte> request)
    {
        _isBetweenFrames = true;
        var bytes = request.ToArray();
        return Do(async limit =>
        {
            await _pipe.WriteAsync(bytes, limit).ConfigureAwait(false);
            return bytes.Length;
        });
    }

    public override int Receive(Span<byte> room, out int file, out bool truncated)
    {
        file = -1;
        truncated = false;
        if (_isBetweenFrames)
        {
            var came = Do(async limit => await _pipe.ReadAtLeastAsync(_handle, _handle.Length, throwOnEndOfStream: false, limit).ConfigureAwait(false));
            if (came < _handle.Length) return Math.Min(came, 0);
            _isBetweenFrames = false;
            if (BitConverter.ToInt64(_handle) is > 0 and <= int.MaxValue and var number) file = (int)number;
        }

        var bytes = new byte[room.Length];
        var length = Do(async limit => await _pipe.ReadAsync(bytes, limit).ConfigureAwait(false));
        bytes.AsSpan(0, Math.Max(length, 0)).CopyTo(room);
        return length;
    }

    public override ShMemException Failure(string call, string purpose) => new(ShMemError.Os, $"{purpose}: {call}", _failure!.Message.TrimEnd('.'),
        "See the documentation of the call.");

    public override void Dispose() => _pipe.Dispose();

    private int Do(Func<CancellationToken, Task<int>> action)
    {
        using var limit = new CancellationTokenSource(_patience);
        try
        {
            _failure = null;
            return action(limit.Token).GetAwaiter().GetResult();
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or InvalidOperationException)
        {
            _failure = e;
            return -1;
        }
    }
}
