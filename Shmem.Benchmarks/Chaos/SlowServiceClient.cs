using System.Buffers.Binary;
using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;
using Microsoft.Win32.SafeHandles;
using Shmem.Backends;
using Shmem.Backends.Interop;
using Shmem.Backends.Service;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// A connection to the service that sends its requests byte by byte, with pauses, and is late to read their answers, which it also takes byte by byte. It holds what it was given. For one
/// task at a time; what it holds may be asked by others.
/// </summary>
[SupportedOSPlatform("linux")]
internal sealed class SlowServiceClient(Socket connected, Random random) : IDisposable
{
    /// <summary>The longest wait for an answer that is due, only to end a run that would wait for ever.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>How long the service bears with a request, by its documentation.</summary>
    private static readonly TimeSpan Limit = ServiceLimits.Default.Request;

    /// <summary>What the pauses within a request come to at most. As much again is for a machine that is busy with other things.</summary>
    private static readonly TimeSpan Longest = Limit / 4;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(10);

    private readonly Queue<(ShMemId Id, SafeFileHandle File, byte Stamp)> _held = new();
    private readonly byte[] _answer = new byte[FrameWriter.Largest];
    private readonly Stopwatch _connected = Stopwatch.StartNew();
    private int _segments;
    private bool _isWelcome;
    private bool _hasAsked;

    /// <summary>What it holds.</summary>
    public int Segments => Volatile.Read(ref _segments);

    /// <summary>Has a segment made, opens it once more, finds in the one what it wrote into the other, and lets the oldest go where it has several.</summary>
    /// <param name="most">How many segments it keeps.</param>
    /// <exception cref="InvalidOperationException">It was not served as it has to be.</exception>
    /// <exception cref="TimeoutException">It was slower than it meant to be, as the machine is busy: nothing can be said of the service.</exception>
    public async Task UseAsync(int most)
    {
        if (!_isWelcome && (await ReceiveAsync(Patience).ConfigureAwait(false) is not ({ } word, _) || KindOf(word) != FrameKind.Welcome)) throw Failed("was not welcomed");
        _isWelcome = true;
        var writer = new FrameWriter(new byte[FrameWriter.Largest], FrameKind.Create);
        writer.Write((long)random.Next(1, 1 << 20));
        var (id, made) = await AskForSegmentAsync(writer.End().ToArray()).ConfigureAwait(false);
        var stamp = (byte)random.Next(1, 256);
        RandomAccess.Write(made, [stamp], RandomAccess.GetLength(made) - 1);
        _held.Enqueue((id, made, stamp));
        Volatile.Write(ref _segments, _held.Count);

        var (oldest, kept, written) = _held.Peek();
        var (same, opened) = await AskForSegmentAsync(About(FrameKind.Open, oldest)).ConfigureAwait(false);
        using (opened)
        {
            var read = new byte[1];
            RandomAccess.Read(opened, read, RandomAccess.GetLength(opened) - 1);
            if (same != oldest || read[0] != written) throw Failed($"opened {oldest} and got {same}, or another value than was written");
        }

        if (_held.Count <= most) return;
        var (released, _) = await AskAsync(About(FrameKind.Release, oldest)).ConfigureAwait(false);
        if (KindOf(released) != FrameKind.Released) throw Failed($"released {oldest} and was answered {KindOf(released)}");
        kept.Dispose();
        _held.Dequeue();
        Volatile.Write(ref _segments, _held.Count);
    }

    /// <summary>Begins a request and does not end it: it is told so and cut, and not before the time that the service documents.</summary>
    public async Task BeTooLateAsync()
    {
        var clock = Stopwatch.StartNew();
        connected.Send(About(FrameKind.Open, default).AsSpan(0, random.Next(1, FrameWriter.HeaderSize + ShMemId.Size)));
        var (frame, _) = await ReceiveAsync(Limit + Patience).ConfigureAwait(false) ?? throw Failed("was cut without a word");
        if (clock.Elapsed < Limit) throw Failed($"was cut after {clock.Elapsed}, and has {Limit}");
        if (Refusal(frame) is not { Error: ShMemError.Invalid } refused) throw Failed($"was answered {KindOf(frame)} to half a request");
        if (await ReceiveAsync(Patience).ConfigureAwait(false) is not null) throw Failed($"was told '{refused.Message}', and not cut");
        Volatile.Write(ref _segments, 0);
    }

    public void Dispose()
    {
        connected.Dispose();
        while (_held.TryDequeue(out var segment)) segment.File.Dispose();
    }

    private static byte[] About(FrameKind kind, ShMemId id)
    {
        var writer = new FrameWriter(new byte[FrameWriter.Largest], kind);
        writer.Write(id);
        return writer.End().ToArray();
    }

    private static FrameKind KindOf(byte[] frame) => FrameReader.TryBegin(frame, out var reader) ? reader.Kind : default;

    private static ShMemException? Refusal(byte[] frame) =>
        FrameReader.TryBegin(frame, out var reader) && reader.Kind == FrameKind.Refused && reader.TryReadRefusal("slow client", out var refused) ? refused : null;

    private static InvalidOperationException Failed(string how) => new($"a slow client of the service {how}");

    private async Task<(ShMemId Id, SafeFileHandle File)> AskForSegmentAsync(byte[] request)
    {
        var (frame, file) = await AskAsync(request).ConfigureAwait(false);
        if (Refusal(frame) is { } refused) throw Failed($"was refused: {refused.Message}");
        return file is not null && FrameReader.TryBegin(frame, out var reader) && reader.TryRead(out ShMemId id) ? (id, file) : throw Failed($"was answered {KindOf(frame)}, with no segment");
    }

    private async Task<(byte[] Frame, SafeFileHandle? File)> AskAsync(byte[] request)
    {
        // The time of the first one runs from the connection.
        var before = _hasAsked ? TimeSpan.Zero : _connected.Elapsed;
        var clock = Stopwatch.StartNew();
        var pause = Longest / request.Length * random.NextDouble();
        for (var i = 0; i < request.Length; i++)
        {
            await Task.Delay(pause * random.NextDouble()).ConfigureAwait(false);
            if (before + clock.Elapsed > 2 * Longest) throw new TimeoutException();
            connected.Send(request.AsSpan(i, 1));
        }

        _hasAsked = true;
        await Task.Delay(Longest * random.NextDouble() / 4).ConfigureAwait(false);
        return await ReceiveAsync(Patience).ConfigureAwait(false) ?? throw Failed("was cut, although it kept within the limits");
    }

    /// <returns>Null at the connection's end.</returns>
    private async Task<(byte[] Frame, SafeFileHandle? File)?> ReceiveAsync(TimeSpan patience)
    {
        SafeFileHandle? file = null;
        var length = FrameWriter.HeaderSize;
        var clock = Stopwatch.StartNew();
        for (var read = 0; read < length;)
        {
            while (!connected.Poll(TimeSpan.Zero, SelectMode.SelectRead))
            {
                if (clock.Elapsed > patience) throw Failed($"was not answered within {patience.TotalSeconds} s");
                await Task.Delay(LookEvery).ConfigureAwait(false);
            }

            var received = LibcSocket.Receive(connected.SafeHandle, _answer.AsSpan(read, 1), out var come, out _);
            if (received < 0) throw new SocketException(Marshal.GetLastPInvokeError());
            if (received == 0) return null;
            if (come >= 0) file = new SafeFileHandle(come, ownsHandle: true);
            read++;
            if (read == FrameWriter.HeaderSize) length = BinaryPrimitives.ReadInt32LittleEndian(_answer);
            if (length is < FrameWriter.HeaderSize or > FrameWriter.Largest) throw Failed($"got an answer of {length} bytes");
        }

        return (_answer.AsSpan(0, length).ToArray(), file);
    }
}
