using Shmem.Backends.Ring;
using Xunit;

namespace Shmem.Tests.Ring;

public enum RingEventKind
{
    Write,
    Read,
    Join,
    JoinOldest,
    Leave,
}

public sealed record RingEvent(RingEventKind Kind, int Reader, int Length);

/// <summary>What a ring is for, without regard to how: a list of messages, of which the last that fit are kept, and a place in it for each reader.</summary>
internal sealed class RingSpecification(SharedRing ring)
{
    private readonly List<byte[]> _messages = [];
    private readonly (RingReader Reader, int Next)?[] _readers = new (RingReader, int)?[3];
    private int _oldest;
    private byte _fill;

    public void Apply(RingEvent e)
    {
        var reader = _readers[e.Reader];
        switch (e.Kind)
        {
            case RingEventKind.Write:
                Write(e.Length);
                break;
            case RingEventKind.Read when reader is { } r:
                Assert.Equal(r.Next < _messages.Count, Read(r.Reader, r.Next));
                _readers[e.Reader] = (r.Reader, Math.Min(r.Next + 1, _messages.Count));
                break;
            case RingEventKind.Join when reader is null:
                _readers[e.Reader] = (ring.Join(RingStart.Newest), _messages.Count);
                break;
            // Nobody is dead, so there is nobody to succeed.
            case RingEventKind.JoinOldest when reader is null:
                _readers[e.Reader] = (ring.Join(e.Length % 2 == 0 ? RingStart.Oldest : RingStart.Successor), _oldest);
                break;
            case RingEventKind.Leave when reader is { } r:
                r.Reader.Dispose();
                _readers[e.Reader] = null;
                break;
        }
    }

    public void End()
    {
        foreach (var reader in _readers)
        {
            if (reader is not { } r) continue;
            for (var next = r.Next; next < _messages.Count; next++) Assert.True(Read(r.Reader, next));
            Assert.False(Read(r.Reader, _messages.Count));
            r.Reader.Dispose();
        }
    }

    private void Write(int length)
    {
        var message = new byte[length];
        message.AsSpan().Fill(++_fill);
        // What a reader still has to read is kept; else the oldest make room, and no more of them than needed.
        var kept = _readers.Where(r => r is not null).Select(r => r!.Value.Next).Append(_messages.Count).Min();
        var oldest = _oldest;
        while (oldest < kept && Bytes(oldest) + Size(message) > ring.Capacity) oldest++;
        var fits = Bytes(oldest) + Size(message) <= ring.Capacity;
        Assert.Equal(fits ? RingWrite.Written : RingWrite.Full, ring.Write(message, RingPressure.Fail));
        if (!fits) return;
        _oldest = oldest;
        _messages.Add(message);
    }

    private bool Read(RingReader reader, int next)
    {
        var buffer = new byte[ring.LongestMessage];
        if (!reader.TryRead(buffer, out var length)) return false;
        Assert.Equal(_messages[next], buffer[..length]);
        return true;
    }

    private int Bytes(int from) => _messages.Skip(from).Sum(Size);

    private static int Size(byte[] message) => 4 + (message.Length + 3 & -4);
}
