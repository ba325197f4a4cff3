using System.Buffers.Binary;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;

namespace Shmem.Tests.Fuzzing;

/// <summary>
/// A connection to a service that sends what the input has, and that knows what has to come of it: one answer to each whole request, and the end where the protocol has it. It knows by a
/// reading of the bytes of its own.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class FuzzedClient : IDisposable
{
    /// <summary>Of the header: length, version, kind.</summary>
    private const int Header = 8, VersionAt = 4, KindAt = 6, Version = 1, LongestFrame = 4096;

    private readonly FuzzedService _service;
    private readonly ServiceDialogue _dialogue;
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly byte[] _answer = new byte[LongestFrame];
    private readonly byte[] _begun = new byte[2 * LongestFrame];
    private int _length;

    /// <summary>Answers that the service owes; after them it ends the connection, where it has to.</summary>
    private int _owed;
    private bool _ends;
    private bool _mayBeCut;

    /// <summary>When the service's patience with it is at its end.</summary>
    private TimeSpan? _deadline;

    public FuzzedClient(FuzzedService service, ServiceDialogue dialogue)
    {
        (_service, _dialogue) = (service, dialogue);
        _socket.ReceiveTimeout = _socket.SendTimeout = (int)FuzzedService.Patience.TotalMilliseconds;
        _socket.Connect(new UnixDomainSocketEndPoint(service.SocketPath));
        _deadline = service.Now + FuzzedService.Limits.Request;
        ServiceDialogue.ThrowUnless(TryReadFrame(out var kind) && kind == FrameKind.Welcome, "a client was not welcomed");
    }

    /// <summary>The service has ended it, or has to: there is nothing more to send.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Sends bytes, and waits until the service has looked at them. Their answers may wait.</summary>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty || _ends) return;
        ServiceDialogue.ThrowUnless(_socket.Send(bytes) == bytes.Length, "the service takes nothing more");
        Expect(bytes);
        _service.Step();
    }

    /// <summary>Sends bytes, and beside them a descriptor, which no request has.</summary>
    public void SendWithFile(ReadOnlySpan<byte> bytes)
    {
        if (_ends) return;
        // The socket's own: what the kernel keeps of it is gone when the service has taken the bytes.
        ServiceDialogue.ThrowUnless(LibcSocket.Send(_socket.SafeHandle, bytes, (int)_socket.SafeHandle.DangerousGetHandle()) == bytes.Length, "the service takes nothing more");
        Expect(bytes);
        _service.Step();
    }

    /// <summary>Sends a request many times and reads no answer meanwhile. Whom it leaves no room, the service may end.</summary>
    public void Flood(ReadOnlySpan<byte> request, int times)
    {
        _mayBeCut = true;
        try
        {
            for (var i = 0; i < times && !_ends; i++)
            {
                if (_socket.Send(request) != request.Length) break;
                Expect(request);
            }
        }
        catch (SocketException gone) when (gone.SocketErrorCode is SocketError.ConnectionReset or SocketError.Shutdown or SocketError.ConnectionAborted)
        {
            // It has ended it.
        }

        ReadAnswers();
        _mayBeCut = false;
    }

    /// <summary>Sends no more, but may read: the service ends it after what it owes.</summary>
    public void EndSending()
    {
        if (_ends) return;
        _socket.Shutdown(SocketShutdown.Send);
        _ends = true;
        ReadAnswers();
    }

    /// <summary>The service's time has gone on, and it has looked at its clock.</summary>
    public void TimeHasGoneOn()
    {
        if (_ends || !(_deadline <= _service.Now)) return;
        // It is told why.
        _owed++;
        _ends = true;
        ReadAnswers();
    }

    /// <summary>Reads what is owed, and the end where it has to come.</summary>
    public void ReadAnswers()
    {
        if (IsOver) return;
        while (_owed > 0)
        {
            if (!TryReadFrame(out var kind))
            {
                ServiceDialogue.ThrowUnless(_mayBeCut, $"the service has ended a connection to which it owed {_owed} answers");
                IsOver = _ends = true;
                return;
            }

            ServiceDialogue.ThrowUnless(kind != FrameKind.Welcome, "a client was welcomed twice");
            _owed--;
        }

        if (!_ends) return;
        ServiceDialogue.ThrowUnless(Receive(_answer, out _) == 0, "there is more than was asked for");
        IsOver = true;
    }

    public void Dispose() => _socket.Dispose();

    /// <summary>What has to come of bytes that were sent.</summary>
    private void Expect(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(_begun.AsSpan(_length));
        _length += bytes.Length;
        var patience = _service.Now + FuzzedService.Limits.Request;
        _deadline ??= patience;
        while (_length >= Header)
        {
            var length = BinaryPrimitives.ReadInt32LittleEndian(_begun);
            if (BinaryPrimitives.ReadUInt16LittleEndian(_begun.AsSpan(VersionAt)) != Version || length is < Header or > LongestFrame)
            {
                _owed++;
                _ends = true;
                return;
            }

            if (length > _length) return;
            _owed++;
            _begun.AsSpan(length, _length - length).CopyTo(_begun);
            _length -= length;
            _deadline = _length > 0 ? patience : null;
        }
    }

    /// <returns>False where the connection has ended.</returns>
    private bool TryReadFrame(out FrameKind kind)
    {
        kind = default;
        var file = -1;
        var length = Header;
        for (var read = 0; read < length;)
        {
            var received = Receive(_answer.AsSpan(read, length - read), out var come);
            if (received == 0) return false;
            if (come >= 0) file = come;
            read += received;
            if (read == Header) length = BinaryPrimitives.ReadInt32LittleEndian(_answer);
            ServiceDialogue.ThrowUnless(length is >= Header and <= LongestFrame, $"an answer claims {length} bytes");
        }

        using var segment = new SafeFileHandle(file, ownsHandle: true);
        var frame = _answer.AsSpan(0, length);
        kind = (FrameKind)BinaryPrimitives.ReadUInt16LittleEndian(frame[KindAt..]);
        if (kind == FrameKind.Welcome) return true;
        var granted = _dialogue.Check(frame, file >= 0);
        ServiceDialogue.ThrowUnless(granted == 0 || RandomAccess.GetLength(segment) == granted, "a segment has another size than was said");
        return true;
    }

    /// <returns>0 at the connection's end.</returns>
    private int Receive(Span<byte> room, out int file)
    {
        var received = LibcSocket.Receive(_socket.SafeHandle, room, out file, out _);
        if (received >= 0) return received;
        var errno = Marshal.GetLastPInvokeError();
        ServiceDialogue.ThrowUnless(errno != LibcErrno.EAGAIN, $"the service has said nothing for {FuzzedService.Patience.TotalSeconds} s where it owes {_owed} answers{(_ends ? " and the end" : "")}");
        // Reset: it was ended with bytes of ours unread.
        return 0;
    }
}
