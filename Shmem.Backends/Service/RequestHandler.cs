using Shmem.Backends.Lifetime;

namespace Shmem.Backends.Service;

/// <summary>Answers requests, each by one frame. Knows nothing of sockets. Not thread-safe: the service's one thread uses it.</summary>
internal sealed class RequestHandler(ServiceSegments segments)
{
    private readonly byte[] _frame = new byte[FrameWriter.Largest];

    /// <summary>Answers the first request among the bytes that a connection has sent.</summary>
    /// <param name="received">The bytes, of which none is believed.</param>
    /// <param name="holder">The connection.</param>
    /// <param name="answer">The answer.</param>
    /// <returns>False while the request is not whole: then nothing is answered.</returns>
    public bool TryAnswer(ReadOnlySpan<byte> received, HolderId holder, out ServiceAnswer answer)
    {
        answer = default;
        if (!FrameReader.TryBegin(received, out var request)) return false;
        if (request.Version != FrameWriter.Version)
        {
            answer = new ServiceAnswer(Refusal(new ShMemException(ShMemError.Unsupported, "read a request",
                $"it is of version {request.Version} of the protocol, and this service speaks {FrameWriter.Version}",
                "Run one version of Shmem in all processes.")), file: -1, taken: 0);
            return true;
        }

        if (!request.HasLength)
        {
            answer = new ServiceAnswer(Refusal(new ShMemException(ShMemError.Invalid, "read a request",
                $"it claims a length of {request.Length} bytes, and one has {FrameWriter.HeaderSize} to {FrameWriter.Largest}",
                "Send what the protocol has.")), file: -1, taken: 0);
            return true;
        }

        if (!request.IsWhole) return false;
        var file = -1;
        ReadOnlySpan<byte> frame;
        try
        {
            frame = Answer(request, holder, out file);
        }
        catch (ShMemException e)
        {
            frame = Refusal(e);
        }

        answer = new ServiceAnswer(frame, file, request.Length);
        return true;
    }

    /// <summary>A refusal, until the next request is answered.</summary>
    public ReadOnlySpan<byte> Refusal(ShMemException why) => FrameWriter.Refusal(_frame, why);

    private ReadOnlySpan<byte> Answer(FrameReader request, HolderId holder, out int file)
    {
        file = -1;
        switch (request.Kind)
        {
            case FrameKind.Create when request.TryRead(out long size) && request.IsAtEnd:
                return Granted(segments.Create(holder, size), FrameKind.Granted, out file);
            case FrameKind.Open when request.TryRead(out ShMemId id) && request.IsAtEnd:
                return Granted(segments.Open(holder, id, out var isNew), isNew ? FrameKind.Granted : FrameKind.AlreadyHeld, out file);
            case FrameKind.Release when request.TryRead(out ShMemId id) && request.IsAtEnd:
                segments.Release(holder, id);
                return Only(FrameKind.Released);
            case FrameKind.PreFork when request.TryRead(out long limit) && request.IsAtEnd:
                return Prepared(segments.PreFork(holder, new TimeSpan(limit)));
            case FrameKind.PostFork when TryReadFork(ref request, out var token, out var child):
                segments.PostFork(token, holder, child);
                return Only(FrameKind.Done);
            case FrameKind.ClaimFork when TryReadFork(ref request, out var token, out var child):
                // What the kernel says of the peer counts, where it says anything.
                segments.ClaimFork(token, holder.Pid != 0 ? child with { Pid = holder.Pid } : child, holder);
                return Only(FrameKind.Done);
            case FrameKind.AbortFork when request.TryRead(out long token) && request.IsAtEnd:
                segments.AbortFork(new ForkToken(token), holder);
                return Only(FrameKind.Done);
            case FrameKind.OnRestart when request.TryRead(out long grace) && request.IsAtEnd:
                segments.OnRestart(holder, new TimeSpan(grace));
                var writer = new FrameWriter(_frame, FrameKind.RestartPrepared);
                writer.Write(holder);
                return writer.End();
            case FrameKind.Succeed when request.TryRead(out HolderId predecessor) && request.IsAtEnd:
                segments.Succeed(predecessor, holder);
                return Only(FrameKind.Done);
            case FrameKind.AcknowledgeRestart when request.TryRead(out HolderId predecessor) && request.IsAtEnd:
                segments.AcknowledgeRestart(predecessor, holder);
                return Only(FrameKind.Done);
            default:
                throw new ShMemException(ShMemError.Invalid, $"answer a request of kind {(ushort)request.Kind}",
                    "there is no such request, or its body is malformed", "Send what the protocol has.");
        }
    }

    private static bool TryReadFork(ref FrameReader request, out ForkToken token, out HolderId child)
    {
        (token, child) = (default, default);
        if (!request.TryRead(out long value) || !request.TryRead(out long number) || !request.TryRead(out int pid) || !request.IsAtEnd) return false;
        (token, child) = (new ForkToken(value), new HolderId(number, pid, 0));
        return true;
    }

    private ReadOnlySpan<byte> Only(FrameKind kind) => new FrameWriter(_frame, kind).End();

    private ReadOnlySpan<byte> Granted(ServiceSegments.Segment segment, FrameKind kind, out int file)
    {
        var writer = new FrameWriter(_frame, kind);
        writer.Write(segment.Description.Id);
        writer.Write(segment.Description.Size);
        file = (int)segment.File.DangerousGetHandle();
        return writer.End();
    }

    private ReadOnlySpan<byte> Prepared(PreparedFork fork)
    {
        var writer = new FrameWriter(_frame, FrameKind.ForkPrepared);
        writer.Write(fork.Token.Value);
        writer.Write(fork.ChildNumber);
        writer.Write(fork.Leases);
        return writer.End();
    }
}
