using Shmem.Backends.Lifetime;
using Shmem.Backends.Signals;

namespace Shmem.Backends.Ring;

/// <summary>A bounded ring of byte messages in one segment: any number of writers, and up to 32 readers of which each sees all messages, in one order.</summary>
/// <remarks>
/// <para>
/// One writer and many readers, or many writers and one reader, are the same ring. Writers are one at a time inside a <see cref="SharedMutex"/>; a message is visible when it
/// is whole, by the store of the tail. Readers take no lock: each has a cursor, and nothing is written over what a living reader has not copied.
/// </para>
/// <para>
/// <b>Death.</b> A writer killed at any step leaves the ring as it was before its message or after it, and the next writer goes on after at most 50 ms. A reader that was killed
/// holds its messages only until their room is needed: then the operating system is asked, and a dead reader's place is free. <see cref="RingStart.Successor"/> goes on in it before that. Who sleeps because
/// another was killed before it notified looks again after at most 100 ms.
/// </para>
/// <para>
/// Without readers the ring keeps the newest messages that fit. All processes must be of one pid namespace and open the segment for writing. The members may be used by any thread, and
/// <see cref="Dispose"/> when none of this process uses this object any more. Neither writing nor reading allocates; without contention and sleepers neither calls the system.
/// </para>
/// <para>
/// <code>
/// // In the first process:
/// using var ring = SharedRing.Create(segment);
/// ring.Write("hello"u8, RingPressure.Wait);
///
/// // In the second process:
/// using var ring = SharedRing.Open(segment);
/// using var reader = ring.Join(RingStart.Oldest);
/// var buffer = new byte[ring.LongestMessage];
/// while (reader.Read(buffer, out var length, Timeout.InfiniteTimeSpan)) Handle(buffer.AsSpan(0, length));
/// </code>
/// </para>
/// </remarks>
public sealed class SharedRing : IDisposable
{
    /// <summary>Readers at a time.</summary>
    public const int MostReaders = RingMemory.MostReaders;

    /// <summary>Bytes of the smallest ring.</summary>
    public const int SmallestCapacity = 64;

    /// <summary>How often a writer that waits for room asks whether the reader that keeps it is gone.</summary>
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    private readonly RingMemory _memory;
    private readonly SharedMutex _writers;
    private readonly SharedSignal _data;
    private readonly SharedSignal _room;

    private SharedRing(RingMemory memory)
    {
        _memory = memory;
        _writers = new SharedMutex(memory.View, RingMemory.MutexOffset);
        _data = new SharedSignal(memory.View, RingMemory.DataOffset);
        _room = new SharedSignal(memory.View, RingMemory.RoomOffset);
    }

    /// <summary>Bytes of messages that it holds; each takes 4 more than its own, rounded up to 4.</summary>
    public long Capacity => _memory.Capacity;

    /// <summary>Most bytes of a message.</summary>
    public int LongestMessage => _memory.Longest;

    /// <summary>How many messages were dropped (<see cref="RingPressure.Drop"/>), by all writers.</summary>
    /// <exception cref="ObjectDisposedException">The ring is disposed.</exception>
    public long Dropped => Volatile.Read(ref _memory.Dropped);

    /// <summary>Bytes of a segment for a ring of at least so many bytes of messages, rounded up to a power of two.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than <see cref="SmallestCapacity"/> or more than 1 TiB.</exception>
    public static long SizeFor(long capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, SmallestCapacity);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1L << 40);
        return RingMemory.HeaderSize + (long)System.Numerics.BitOperations.RoundUpToPowerOf2((ulong)capacity);
    }

    /// <summary>Lays out a new segment. The ring takes the largest power of two that fits.</summary>
    /// <param name="segment">A new segment, all zero, of at least <see cref="SizeFor"/> bytes. The caller keeps and disposes it.</param>
    /// <returns>The ring. The caller disposes it.</returns>
    /// <exception cref="ShMemException">The segment is too small.</exception>
    public static SharedRing Create(ShMem segment) => Over(RingMemory.Create(segment));

    /// <summary>Opens what another process laid out.</summary>
    /// <param name="segment">The segment, open for writing. The caller keeps and disposes it.</param>
    /// <returns>The ring. The caller disposes it.</returns>
    /// <exception cref="ShMemException">It is no ring, of another layout version, damaged, or of another pid namespace.</exception>
    public static SharedRing Open(ShMem segment) => Over(RingMemory.Open(segment));

    /// <summary>Writes a message, and waits for as long as it takes for its turn among writers and, with <see cref="RingPressure.Wait"/>, for room.</summary>
    /// <param name="message">At most <see cref="LongestMessage"/> bytes; none is a message too.</param>
    /// <param name="pressure">What to do when there is no room.</param>
    /// <exception cref="ArgumentException">The message is too long.</exception>
    /// <exception cref="ShMemException">The ring's memory is damaged.</exception>
    /// <exception cref="ObjectDisposedException">The ring is disposed.</exception>
    public RingWrite Write(ReadOnlySpan<byte> message, RingPressure pressure) => Write<NoProbe<RingStep>>(message, pressure, Timeout.InfiniteTimeSpan);

    /// <summary>Writes a message.</summary>
    /// <param name="message">At most <see cref="LongestMessage"/> bytes; none is a message too.</param>
    /// <param name="pressure">What to do when there is no room.</param>
    /// <param name="limit">How long to wait at most, for the turn among writers and for room, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <exception cref="ArgumentException">The message is too long, or the time limit negative.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled; the message is not written.</exception>
    /// <exception cref="ShMemException">The ring's memory is damaged.</exception>
    /// <exception cref="ObjectDisposedException">The ring is disposed.</exception>
    public RingWrite Write(ReadOnlySpan<byte> message, RingPressure pressure, TimeSpan limit, CancellationToken cancellation = default) =>
        Write<NoProbe<RingStep>>(message, pressure, limit, cancellation);

    internal RingWrite Write<TProbe>(ReadOnlySpan<byte> message, RingPressure pressure, TimeSpan limit, CancellationToken cancellation = default)
        where TProbe : struct, IProbe<RingStep>
    {
        if (message.Length > LongestMessage) throw new ArgumentException($"A message has at most {LongestMessage} bytes, not {message.Length}.", nameof(message));
        var deadline = new Deadline(limit);
        while (true)
        {
            var seen = _room.Version;
            // Whether the last one inside was killed makes no difference: what it wrote beyond the tail is nothing yet.
            if (_writers.Enter(deadline.Remaining, cancellation) == MutexEntry.TimedOut) return RingWrite.TimedOut;
            bool written;
            try
            {
                TProbe.Reached(RingStep.Inside);
                written = TryPut<TProbe>(message);
                if (!written && pressure == RingPressure.Drop) _memory.Dropped++;
            }
            finally
            {
                _writers.Exit();
            }

            TProbe.Reached(RingStep.Outside);
            if (written)
            {
                _data.Notify();
                TProbe.Reached(RingStep.Notified);
                return RingWrite.Written;
            }

            if (pressure != RingPressure.Wait) return pressure == RingPressure.Drop ? RingWrite.Dropped : RingWrite.Full;
            var slice = deadline.Left(Slice);
            if (slice == TimeSpan.Zero) return RingWrite.TimedOut;
            _room.Wait(seen, slice, cancellation);
        }
    }

    /// <summary>Adds a reader.</summary>
    /// <param name="start">Where it begins.</param>
    /// <returns>The reader, for one thread. The caller disposes it; it may outlive this object.</returns>
    /// <exception cref="ShMemException">There are <see cref="MostReaders"/> living readers.</exception>
    /// <exception cref="ObjectDisposedException">The ring is disposed.</exception>
    public RingReader Join(RingStart start) => Join<NoProbe<RingStep>>(start);

    internal RingReader Join<TProbe>(RingStart start) where TProbe : struct, IProbe<RingStep>
    {
        // Inside no writer takes room, so what a reader begins with is still there when it has its place.
        _writers.Enter();
        try
        {
            var number = start == RingStart.Successor ? FindDead() : -1;
            if (number < 0)
            {
                number = FindFree();
                if (number < 0) number = FindDead();
                if (number < 0)
                {
                    throw new ShMemException(ShMemError.LimitReached, $"join the ring in {_memory.View.Id}", $"it has {MostReaders} readers, all alive",
                        "Dispose a reader first.");
                }

                Volatile.Write(ref _memory.Reader(number), 0);
                var position = start == RingStart.Newest ? _memory.Tail : _memory.Oldest;
                _memory.SetCursor(number, position);
                _memory.Limit = Math.Min(_memory.Limit, position);
                TProbe.Reached(RingStep.CursorSet);
            }

            var reader = ReaderAt(number);
            Volatile.Write(ref _memory.Reader(number), Incarnation.Self.Word);
            TProbe.Reached(RingStep.Joined);
            return reader;
        }
        finally
        {
            _writers.Exit();
        }
    }

    /// <summary>Lets the segment go. No thread of this process may be using it but by readers.</summary>
    public void Dispose()
    {
        _room.Dispose();
        _data.Dispose();
        _writers.Dispose();
        _memory.Dispose();
    }

    private static SharedRing Over(RingMemory memory)
    {
        try
        {
            return new SharedRing(memory);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private RingReader ReaderAt(int number)
    {
        var memory = _memory.Clone();
        try
        {
            return new RingReader(memory, number);
        }
        catch
        {
            memory.Dispose();
            throw;
        }
    }

    private bool TryPut<TProbe>(ReadOnlySpan<byte> message) where TProbe : struct, IProbe<RingStep>
    {
        var tail = _memory.Tail;
        var end = tail + RingMemory.RecordLength(message.Length);
        if (!TryMakeRoom(tail, end - _memory.Capacity)) return false;
        TProbe.Reached(RingStep.RoomMade);
        _memory.Put(tail, message);
        TProbe.Reached(RingStep.Written);
        _memory.Tail = end;
        TProbe.Reached(RingStep.Committed);
        return true;
    }

    /// <summary>Gives up the messages before a position, if no living reader still has to read one of them.</summary>
    private bool TryMakeRoom(long tail, long needed)
    {
        var oldest = _memory.Oldest;
        // A message's length stands before the capacity's end in one piece only where the tail is aligned.
        if (oldest < 0 || oldest > tail || tail % 4 != 0 || tail - oldest > _memory.Capacity) throw _memory.Invalid($"its messages lie from {oldest} to {tail}");
        if (oldest >= needed) return true;
        if (_memory.Limit < needed) _memory.Limit = SlowestReader(tail, needed);
        if (_memory.Limit < needed) return false;
        while (oldest < needed) oldest += RingMemory.RecordLength(_memory.LengthAt(oldest, tail));
        _memory.Oldest = oldest;
        return true;
    }

    /// <summary>The lowest cursor; readers that are in the way and dead lose their place.</summary>
    private long SlowestReader(long tail, long needed)
    {
        var slowest = tail;
        for (var i = 0; i < MostReaders; i++)
        {
            ref var reader = ref _memory.Reader(i);
            var word = Volatile.Read(ref reader);
            if (word == 0) continue;
            var cursor = _memory.Cursor(i);
            if (cursor < needed && Incarnation.Of(word).IsGone()) Volatile.Write(ref reader, 0);
            else slowest = Math.Min(slowest, cursor);
        }

        return slowest;
    }

    private int FindFree()
    {
        for (var i = 0; i < MostReaders; i++)
            if (Volatile.Read(ref _memory.Reader(i)) == 0) return i;
        return -1;
    }

    private int FindDead()
    {
        var oldest = -1;
        for (var i = 0; i < MostReaders; i++)
        {
            var word = Volatile.Read(ref _memory.Reader(i));
            if (word != 0 && Incarnation.Of(word).IsGone() && (oldest < 0 || _memory.Cursor(i) < _memory.Cursor(oldest))) oldest = i;
        }

        return oldest;
    }
}
