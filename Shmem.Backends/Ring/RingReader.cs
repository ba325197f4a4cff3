using Shmem.Backends.Signals;

namespace Shmem.Backends.Ring;

/// <summary>A reader of a <see cref="SharedRing"/>: it sees every message from its start on, in the order of the writers. For one thread at a time.</summary>
public sealed class RingReader : IDisposable
{
    /// <summary>A writer killed before it notified has still written: look again after so long.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(100);

    private readonly RingMemory _memory;
    private readonly SharedSignal _data;
    private readonly SharedSignal _room;
    private readonly int _number;
    private long _cursor;
    private bool _disposed;

    /// <param name="memory">Owned from here on.</param>
    /// <param name="number">Its place among the readers.</param>
    internal RingReader(RingMemory memory, int number)
    {
        _memory = memory;
        _data = new SharedSignal(memory.View, RingMemory.DataOffset);
        _room = new SharedSignal(memory.View, RingMemory.RoomOffset);
        _number = number;
        _cursor = memory.Cursor(number);
    }

    /// <summary>Takes the next message, if there is one.</summary>
    /// <param name="buffer">Where its bytes go; <see cref="SharedRing.LongestMessage"/> bytes are always enough.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <returns>False when there is none yet.</returns>
    /// <exception cref="ArgumentException">The buffer is too short; the message stays the next one.</exception>
    /// <exception cref="ShMemException">The ring's memory is damaged.</exception>
    /// <exception cref="ObjectDisposedException">The reader is disposed.</exception>
    public bool TryRead(Span<byte> buffer, out int length) => TryRead<NoProbe<RingStep>>(buffer, out length);

    internal bool TryRead<TProbe>(Span<byte> buffer, out int length) where TProbe : struct, IProbe<RingStep>
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var tail = _memory.Tail;
        length = 0;
        if (_cursor == tail) return false;
        length = _memory.LengthAt(_cursor, tail);
        if (buffer.Length < length) throw new ArgumentException($"The next message has {length} bytes, the buffer {buffer.Length}.", nameof(buffer));
        _memory.Get(_cursor, buffer[..length]);
        TProbe.Reached(RingStep.Copied);
        // Only from here on may a writer take the message's room.
        _cursor += RingMemory.RecordLength(length);
        _memory.SetCursor(_number, _cursor);
        TProbe.Reached(RingStep.Advanced);
        _room.Notify();
        return true;
    }

    /// <summary>Waits for the next message and takes it.</summary>
    /// <param name="buffer">Where its bytes go; <see cref="SharedRing.LongestMessage"/> bytes are always enough.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="limit">How long to wait at most, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>False when the time limit is over and there is none.</returns>
    /// <exception cref="ArgumentException">The buffer is too short, and the message stays the next one; or the time limit is negative.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    /// <exception cref="ShMemException">The ring's memory is damaged.</exception>
    /// <exception cref="ObjectDisposedException">The reader is disposed.</exception>
    public bool Read(Span<byte> buffer, out int length, TimeSpan limit, CancellationToken cancellation = default)
    {
        var deadline = new Deadline(limit);
        while (true)
        {
            var seen = _data.Version;
            if (TryRead(buffer, out length)) return true;
            var slice = deadline.Left(Slice);
            if (slice == TimeSpan.Zero) return false;
            _data.Wait(seen, slice, cancellation);
        }
    }

    /// <summary>Leaves the ring: nothing is kept for it any more.</summary>
    public void Dispose()
    {
        if (_disposed) return;
        _disposed = true;
        Volatile.Write(ref _memory.Reader(_number), 0);
        _room.Notify();
        _room.Dispose();
        _data.Dispose();
        _memory.Dispose();
    }
}
