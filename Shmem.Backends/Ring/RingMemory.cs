namespace Shmem.Backends.Ring;

/// <summary>
/// A ring's bytes, checked and mapped. Layout: bytes 0–31 the common header (magic <c>SHMEMRNG</c>), 32 capacity (8, a power of two); 64 the writers' mutex; 128 tail (8); 192 oldest
/// (8), 200 limit (8), 208 dropped (8); 256 the signal of data, 320 of room; 384 the readers' incarnations (32 × 8); 640 their cursors (32 × 64); from 2688 the messages.
/// </summary>
/// <remarks>
/// Tail, oldest, limit and cursors are positions that only grow; a position's byte is at its remainder by the capacity. A message is its length (4) and its bytes, padded to 4, and may go
/// on at the beginning. Whole messages lie in [oldest, tail). Oldest, limit and dropped are touched inside the mutex only; tail is stored there and read by anyone.
/// </remarks>
internal sealed unsafe class RingMemory : IDisposable
{
    public const int HeaderSize = 2688;
    public const int CapacityOffset = 32;
    public const int MutexOffset = 64;
    public const int TailOffset = 128;
    public const int OldestOffset = 192;
    public const int LimitOffset = 200;
    public const int DroppedOffset = 208;
    public const int DataOffset = 256;
    public const int RoomOffset = 320;
    public const int ReadersOffset = 384;
    public const int CursorsOffset = 640;
    public const int MostReaders = 32;
    public const string What = "a ring";

    private const int LengthSize = 4;
    private const int CursorStride = 64;
    private const uint Version = 1;
    private static readonly ulong Magic = BitConverter.ToUInt64("SHMEMRNG"u8);

    private readonly ShMem _view;
    private readonly byte* _start;

    private RingMemory(ShMem view, long capacity)
    {
        _view = view;
        _start = view.Pointer;
        Capacity = capacity;
    }

    public ShMem View => _view;

    public long Capacity { get; }

    public int Longest => (int)Math.Min(Capacity - LengthSize, int.MaxValue & ~7);

    /// <summary>The end of what is written. The acquiring read makes the messages before it visible.</summary>
    public long Tail
    {
        get => Volatile.Read(ref *(long*)(_start + TailOffset));
        set => Volatile.Write(ref *(long*)(_start + TailOffset), value);
    }

    public long Oldest
    {
        get => *(long*)(_start + OldestOffset);
        set => *(long*)(_start + OldestOffset) = value;
    }

    /// <summary>No reader's cursor is before it.</summary>
    public long Limit
    {
        get => *(long*)(_start + LimitOffset);
        set => *(long*)(_start + LimitOffset) = value;
    }

    /// <summary>Asked of the view, which refuses where the mapping may be gone. All else that is done with a ring begins with a signal or the mutex, which refuse themselves.</summary>
    public ref long Dropped => ref *(long*)(_view.Pointer + DroppedOffset);

    /// <summary>A reader's incarnation; 0 where there is none.</summary>
    public ref ulong Reader(int number) => ref *(ulong*)(_start + ReadersOffset + number * sizeof(ulong));

    /// <summary>Everything before it a reader has copied. Stored with release by the reader, read with acquire by a writer.</summary>
    public long Cursor(int number) => Volatile.Read(ref *(long*)(_start + CursorsOffset + number * CursorStride));

    public void SetCursor(int number, long position) => Volatile.Write(ref *(long*)(_start + CursorsOffset + number * CursorStride), position);

    public static RingMemory Create(ShMem segment)
    {
        LayoutHeader.CheckRoom(segment, HeaderSize + SharedRing.SmallestCapacity, What);
        *(long*)(segment.Pointer + CapacityOffset) = 1L << System.Numerics.BitOperations.Log2((ulong)(segment.Length - HeaderSize));
        LayoutHeader.Write(segment.Pointer, Magic, Version, HeaderSize, segment.Length);
        return Open(segment);
    }

    public static RingMemory Open(ShMem segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        LayoutHeader.Check(segment, Magic, Version, HeaderSize, What);
        var memory = new RingMemory(segment.Clone(), *(long*)(segment.Pointer + CapacityOffset));
        if (memory.Capacity >= SharedRing.SmallestCapacity && long.IsPow2(memory.Capacity) && memory.Capacity <= segment.Length - HeaderSize) return memory;
        memory.Dispose();
        throw LayoutHeader.Invalid(segment, What, $"its capacity is {memory.Capacity} bytes");
    }

    /// <summary>The same ring with a view of its own. The capacity is the one that was checked: others may have written over it.</summary>
    public RingMemory Clone() => new(_view.Clone(), Capacity);

    /// <summary>Bytes that a message takes.</summary>
    public static long RecordLength(int message) => LengthSize + ((message + 3L) & -4L);

    /// <summary>The length of the message at a position before <paramref name="end"/>. What stands there is not trusted.</summary>
    public int LengthAt(long position, long end)
    {
        if (position < 0 || position % 4 != 0 || end - position < LengthSize || end - position > Capacity) throw Invalid($"a message at {position} cannot end before {end}");
        var length = *(int*)At(position);
        return length >= 0 && length <= Longest && RecordLength(length) <= end - position ? length : throw Invalid($"the message at {position} has {length} bytes, and ends before {end}");
    }

    /// <summary>Writes a message for which room was made.</summary>
    public void Put(long position, ReadOnlySpan<byte> message)
    {
        *(int*)At(position) = message.Length;
        // SAFETY: the position is taken by its remainder, so both parts lie within the capacity.
        var first = (int)Math.Min(message.Length, Capacity - (position + LengthSize & Capacity - 1));
        message[..first].CopyTo(new Span<byte>(At(position + LengthSize), first));
        message[first..].CopyTo(new Span<byte>(_start + HeaderSize, message.Length - first));
    }

    /// <summary>Copies a message's bytes, whose length was read and checked.</summary>
    public void Get(long position, Span<byte> message)
    {
        var first = (int)Math.Min(message.Length, Capacity - (position + LengthSize & Capacity - 1));
        new ReadOnlySpan<byte>(At(position + LengthSize), first).CopyTo(message);
        new ReadOnlySpan<byte>(_start + HeaderSize, message.Length - first).CopyTo(message[first..]);
    }

    public ShMemException Invalid(string why) => new(ShMemError.Invalid, $"use the ring in {_view.Id}", why,
        "Something else wrote into it: create a new ring.");

    public void Dispose() => _view.Dispose();

    private byte* At(long position) => _start + HeaderSize + (position & Capacity - 1);
}
