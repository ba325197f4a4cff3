using Microsoft.Win32.SafeHandles;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Service;

namespace Shmem.Tests.Fuzzing;

/// <summary>
/// What a service does with the bytes of its clients, as a target of our own fuzzer. The input is a row of pieces: bytes as they come over a connection, cut anywhere, and requests that are well
/// formed and name the ids, tokens and holders of earlier answers, which random bytes would hardly hit.
/// </summary>
public static class ServiceFrames
{
    private const int Connections = 4;

    /// <summary>The longest row: a longer one takes longer, and says nothing else.</summary>
    private const int Longest = 4096;

    /// <summary>Plays the input, and fails where a request is not answered by one frame as the protocol has it, or where anything is left at the end.</summary>
    /// <param name="input">The pieces; what lies behind the first 4 KiB is not played.</param>
    public static void Run(ReadOnlySpan<byte> input) => Run(input, new NoFiles());

    internal static void Run(ReadOnlySpan<byte> input, ISegmentFiles files)
    {
        input = input[..Math.Min(input.Length, Longest)];
        using var segments = new ServiceSegments("fuzzed", files, mostOpenForks: 3);
        var play = new Play(segments);
        while (input.Length >= 2)
        {
            var (what, length) = (input[0], Math.Min(input[1], input.Length - 2));
            var piece = input.Slice(2, length);
            input = input[(2 + length)..];
            var connection = what % Connections;
            switch (what / Connections % 4)
            {
                case 0:
                    play.Receive(connection, piece);
                    break;
                case 1:
                    if (!piece.IsEmpty) play.Receive(connection, play.Request(piece));
                    break;
                case 2:
                    play.End(connection);
                    break;
                default:
                    play.Advance(TimeSpan.FromSeconds(length * 30));
                    break;
            }
        }

        play.EndAll();
    }

    private static void Must(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException(what);
    }

    private sealed class Play
    {
        private readonly ServiceSegments _segments;
        private readonly RequestHandler _requests;
        private readonly HolderId[] _holders = new HolderId[Connections];
        private readonly byte[][] _received = new byte[Connections][];
        private readonly int[] _lengths = new int[Connections];
        private readonly List<ShMemId> _ids = [default];
        private readonly List<(long Token, long Number)> _forks = [(0, 0)];
        private readonly List<HolderId> _announced = [default];
        private TimeSpan _now;
        private long _last;

        public Play(ServiceSegments segments)
        {
            _segments = segments;
            _requests = new RequestHandler(segments);
            for (var i = 0; i < Connections; i++)
            {
                _received[i] = new byte[FrameWriter.Largest];
                _holders[i] = NextHolder();
            }
        }

        /// <summary>Bytes have come over a connection, which answers all that is whole among them, as the service's loop does.</summary>
        public void Receive(int connection, ReadOnlySpan<byte> bytes)
        {
            var received = _received[connection];
            Must(bytes.Length <= received.Length - _lengths[connection] || _lengths[connection] > 0, "there is no room for a request");
            bytes = bytes[..Math.Min(bytes.Length, received.Length - _lengths[connection])];
            bytes.CopyTo(received.AsSpan(_lengths[connection]));
            _lengths[connection] += bytes.Length;
            while (_requests.TryAnswer(received.AsSpan(0, _lengths[connection]), _holders[connection], out var answer))
            {
                Check(answer);
                if (answer.EndsConnection)
                {
                    End(connection);
                    return;
                }

                Must(answer.Taken >= FrameWriter.HeaderSize && answer.Taken <= _lengths[connection], "it took what was not there");
                received.AsSpan(answer.Taken, _lengths[connection] - answer.Taken).CopyTo(received);
                _lengths[connection] -= answer.Taken;
            }

            Must(_lengths[connection] < received.Length, "a whole request is not answered");
        }

        /// <summary>A request of a kind, about what earlier answers told.</summary>
        public byte[] Request(ReadOnlySpan<byte> piece)
        {
            var kind = (FrameKind)(piece[0] % 20);
            var pick = piece.Length > 1 ? piece[1] : 0;
            long number = piece.Length > 2 ? piece[2] : 0;
            var (token, child) = _forks[pick % _forks.Count];
            var writer = new FrameWriter(new byte[FrameWriter.Largest], kind);
            switch (kind)
            {
                case FrameKind.Create:
                    writer.Write(number << (pick % 64));
                    break;
                case FrameKind.Open or FrameKind.Release:
                    writer.Write(_ids[pick % _ids.Count]);
                    break;
                case FrameKind.PreFork or FrameKind.OnRestart:
                    writer.Write(TimeSpan.FromSeconds(number * 20).Ticks << (pick % 3 == 0 ? pick % 64 : 0));
                    break;
                case FrameKind.PostFork or FrameKind.ClaimFork:
                    writer.Write(token);
                    writer.Write(number % 8 == 7 ? number : child);
                    // Nobody has such a pid: a watched child would be some process of this machine.
                    writer.Write(number % 2 == 0 ? 0 : int.MaxValue - (int)number);
                    break;
                case FrameKind.AbortFork:
                    writer.Write(token);
                    break;
                case FrameKind.Succeed or FrameKind.AcknowledgeRestart:
                    writer.Write(_announced[pick % _announced.Count]);
                    break;
            }

            return writer.End().ToArray();
        }

        /// <summary>The connection ends, and another client takes its place.</summary>
        public void End(int connection)
        {
            _segments.HolderGone(_holders[connection]);
            _holders[connection] = NextHolder();
            _lengths[connection] = 0;
        }

        public void Advance(TimeSpan by)
        {
            _now += by;
            _segments.Expire(_now);
        }

        public void EndAll()
        {
            for (var i = 0; i < Connections; i++) End(i);
            Advance(TimeSpan.FromHours(2));
            Must(_segments.Count(0) == new ServiceCounts(0, 0, 0, 0, 0, 0), $"at the end there is {_segments.Count(0)}");
            Must(_segments.Children.Count == 0, "a child is still watched");
        }

        private HolderId NextHolder() => new(++_last, Pid: (int)_last % 3, KernelStartTime: 0);

        private void Check(ServiceAnswer answer)
        {
            Must(FrameReader.TryBegin(answer.Frame, out var frame) && frame.IsWhole && frame.Length == answer.Frame.Length
                && frame.Version == FrameWriter.Version, "the answer is no frame");
            Must(answer.File >= 0 == (frame.Kind is FrameKind.Granted or FrameKind.AlreadyHeld), "a descriptor goes with a segment, and with nothing else");
            switch (frame.Kind)
            {
                case FrameKind.Refused:
                    Must(frame.TryReadRefusal("fuzz", out _), "the refusal cannot be read");
                    break;
                case FrameKind.Granted or FrameKind.AlreadyHeld:
                    Must(frame.TryRead(out ShMemId id) && frame.TryRead(out long size) && size > 0, "the segment cannot be read");
                    _ids.Add(id);
                    break;
                case FrameKind.ForkPrepared:
                    Must(frame.TryRead(out long token) & frame.TryRead(out long child) & frame.TryRead(out int _), "the fork cannot be read");
                    _forks.Add((token, child));
                    break;
                case FrameKind.RestartPrepared:
                    Must(frame.TryRead(out HolderId holder), "the holder cannot be read");
                    _announced.Add(holder);
                    break;
                default:
                    Must(frame.Kind is FrameKind.Released or FrameKind.Done, $"{frame.Kind} is no answer");
                    break;
            }

            Must(frame.IsAtEnd, "the answer goes on");
        }
    }

    /// <summary>Files that nobody maps.</summary>
    private sealed class NoFiles : ISegmentFiles
    {
        public string Name => "none";

        public SafeFileHandle Create(long size) => new(0, ownsHandle: false);
    }
}
