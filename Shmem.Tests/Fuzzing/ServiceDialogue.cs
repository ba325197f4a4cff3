using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Service;

namespace Shmem.Tests.Fuzzing;

/// <summary>
/// What is said between a service and its clients in one input: requests that are well formed and name the ids, tokens and holders of earlier answers, which random bytes would
/// hardly hit, and answers as the protocol has them.
/// </summary>
internal sealed class ServiceDialogue
{
    private readonly List<ShMemId> _ids = [default];
    private readonly List<(long Token, long Number)> _forks = [(0, 0)];
    private readonly List<HolderId> _announced = [default];

    /// <summary>Fails where something does not hold. By its name the fuzzer passes over it, and tells failures apart by who called it.</summary>
    /// <exception cref="InvalidOperationException">It does not hold.</exception>
    public static void ThrowUnless(bool holds, string what)
    {
        if (!holds) throw new InvalidOperationException(what);
    }

    /// <summary>A request of a kind, about what earlier answers told.</summary>
    /// <param name="piece">The kind, and up to two bytes of what it is about.</param>
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
                writer.Write(Pid(number));
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

    /// <summary>One frame of the service has come that answers a request.</summary>
    /// <param name="bytes">The frame, and nothing else.</param>
    /// <param name="hasFile">A descriptor came with it.</param>
    /// <returns>The size of the segment that it grants; else 0.</returns>
    /// <exception cref="InvalidOperationException">The protocol has no such answer.</exception>
    public long Check(ReadOnlySpan<byte> bytes, bool hasFile)
    {
        ThrowUnless(FrameReader.TryBegin(bytes, out var frame) && frame.IsWhole && frame.Length == bytes.Length && frame.Version == FrameWriter.Version, "the answer is no frame");
        ThrowUnless(hasFile == (frame.Kind is FrameKind.Granted or FrameKind.AlreadyHeld), "a descriptor goes with a segment, and with nothing else");
        var granted = 0L;
        switch (frame.Kind)
        {
            case FrameKind.Refused:
                ThrowUnless(frame.TryReadRefusal("fuzz", out _), "the refusal cannot be read");
                break;
            case FrameKind.Granted or FrameKind.AlreadyHeld:
                ThrowUnless(frame.TryRead(out ShMemId id) & frame.TryRead(out granted) && granted > 0, "the segment cannot be read");
                _ids.Add(id);
                break;
            case FrameKind.ForkPrepared:
                ThrowUnless(frame.TryRead(out long token) & frame.TryRead(out long child) & frame.TryRead(out int _), "the fork cannot be read");
                _forks.Add((token, child));
                break;
            case FrameKind.RestartPrepared:
                ThrowUnless(frame.TryRead(out HolderId holder), "the holder cannot be read");
                _announced.Add(holder);
                break;
            default:
                ThrowUnless(frame.Kind is FrameKind.Released or FrameKind.Done, $"{frame.Kind} is no answer");
                break;
        }

        ThrowUnless(frame.IsAtEnd, "the answer goes on");
        return granted;
    }

    /// <summary>This process's, which is watched then; or one that nobody has, as the child that is watched would be some process of this machine; or none.</summary>
    private static int Pid(long number) => (number % 4) switch
    {
        1 => Environment.ProcessId,
        3 => int.MaxValue - (int)number,
        _ => 0,
    };
}
