using System.Runtime.InteropServices;

namespace Shmem.Backends.Slots;

/// <summary>
/// The last inputs of a process, at most 64 and at most 4 MiB, made in place or put there before they run: what ran when the process died is in memory that outlives it.
/// </summary>
/// <remarks>
/// <para>
/// Positions count up for ever; a position's place in the area is its remainder. One number, the furthest end that was ever reserved, tells a reader which old inputs
/// may be overwritten: those that begin a whole area or more before it. So the writer never has to look at what it overwrites.
/// </para>
/// <para>
/// Memory order: the reservation is stored before the first byte of it is changed, and an input's bytes before its number. Readers come after the writer's death,
/// which the operating system orders behind all that the writer had done; the barriers (free on x64, <c>DMB ISHST</c> on ARM64) keep the compiler, and a reader of a living process, honest.
/// </para>
/// <para>One writing thread. <see cref="CopyInputs"/> trusts nothing in the memory.</para>
/// </remarks>
public sealed unsafe class InputRing
{
    /// <summary>Bytes of the area: 4 MiB.</summary>
    public const int Area = 4 << 20;

    /// <summary>Inputs that are remembered: 64.</summary>
    public const int Entries = 64;

    /// <summary>Most bytes of an input: 1 MiB.</summary>
    public const int MostBytes = 1 << 20;

    [StructLayout(LayoutKind.Explicit, Size = Size)]
    private struct Entry
    {
        public const int Size = 32;

        /// <summary>0 while the rest is being written.</summary>
        [FieldOffset(0)] public long Number;
        [FieldOffset(8)] public long Position;
        [FieldOffset(16)] public int Length;
    }

    private readonly long* _reserved;
    private readonly Entry* _index;
    private readonly byte* _area;
    private long _head;
    private long _end;
    private long _number;
    private int _capacity = -1;

    /// <summary>A ring over a process's memory, which lives as long as its <see cref="ProcessMemory"/>.</summary>
    internal InputRing(byte* reserved, byte* index, byte* area)
    {
        _reserved = (long*)reserved;
        _index = (Entry*)index;
        _area = area;
    }

    /// <summary>Reserves room for the next input. Its bytes are what older inputs left there.</summary>
    /// <param name="capacity">The most bytes that the input can grow to, 0 to <see cref="MostBytes"/>. A room that is not committed is given up by the next call.</param>
    /// <returns>The place to write it, at a multiple of 64, valid until the next call.</returns>
    /// <exception cref="ArgumentOutOfRangeException">The capacity is out of range.</exception>
    public Span<byte> Begin(int capacity)
    {
        if ((uint)capacity > MostBytes) ThrowCapacity(capacity);
        var position = _head;
        var place = (int)(position & (Area - 1));
        if (place + capacity > Area)
        {
            position += Area - place;
            place = 0;
        }

        _head = position;
        _capacity = capacity;
        if (position + capacity > _end)
        {
            _end = position + capacity;
            Volatile.Write(ref *_reserved, _end);
            Volatile.WriteBarrier();
        }

        // SAFETY: place + capacity is at most the area's size.
        return new Span<byte>(_area + place, capacity);
    }

    /// <summary>Makes what stands in the reserved room the newest input. Call it before the target runs.</summary>
    /// <param name="length">Bytes of the input, at most the capacity.</param>
    /// <returns>The input, valid until <see cref="Area"/> further bytes were reserved.</returns>
    /// <exception cref="InvalidOperationException">Nothing is reserved.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The length is greater than the capacity.</exception>
    public ReadOnlySpan<byte> Commit(int length)
    {
        if ((uint)length > (uint)_capacity || _capacity < 0) ThrowLength(length);
        var number = ++_number;
        var entry = _index + (number & (Entries - 1));
        entry->Number = 0;
        Volatile.WriteBarrier();
        entry->Position = _head;
        entry->Length = length;
        Volatile.Write(ref entry->Number, number);
        var input = new ReadOnlySpan<byte>(_area + (_head & (Area - 1)), length);
        // The next one starts on a cache line of its own; after an empty one it may start at the same place.
        _head += (length + 63) & -64;
        _capacity = -1;
        return input;
    }

    /// <summary>Copies the inputs that are whole, newest first. For the broker, after the process's death.</summary>
    public IReadOnlyList<RecordedInput> CopyInputs()
    {
        var found = new List<RecordedInput>(Entries);
        var reserved = Volatile.Read(ref *_reserved);
        for (var i = 0; i < Entries; i++)
        {
            var number = Volatile.Read(ref _index[i].Number);
            var position = Volatile.Read(ref _index[i].Position);
            var length = Volatile.Read(ref _index[i].Length);
            if (number < 1 || number % Entries != i || position < 0 || length is < 0 or > MostBytes) continue;
            var place = (int)(position & (Area - 1));
            if (place + length > Area || position > reserved - length || position < reserved - Area) continue;
            found.Add(new RecordedInput(number, new ReadOnlySpan<byte>(_area + place, length).ToArray()));
        }

        found.Sort(static (a, b) => b.Number.CompareTo(a.Number));
        return found;
    }

    private static void ThrowCapacity(int capacity) =>
        throw new ArgumentOutOfRangeException(nameof(capacity), capacity, $"An input has at most {MostBytes} bytes.");

    private void ThrowLength(int length) => throw (_capacity < 0
        ? new InvalidOperationException("Nothing is reserved: begin an input first.")
        : new ArgumentOutOfRangeException(nameof(length), length, $"{_capacity} bytes are reserved."));
}
