using System.Diagnostics.CodeAnalysis;

namespace Shmem.Backends.Slots;

/// <summary>
/// A slot's last saved state, which survives its worker's death at any moment: two areas are written in turn, the sequence number last, so that one of them is
/// whole at every time.
/// </summary>
/// <remarks>
/// <para>
/// Layout: bytes 0–31 the common header (magic <c>SHMEMCKP</c>), 32 bytes of an area's content (4); from 64 the two areas, each {sequence number (8, 0 while it is being
/// written), length (4), reserved (52), content}, a multiple of 64 long.
/// </para>
/// <para>
/// One writer at a time, readers in any process. Memory order: the number's zero, the content and the new number are kept in this order by store barriers; a reader
/// takes the number with an acquiring read, and looks again behind a load barrier: what changed meanwhile is read anew, at most four times. It holds a lease until it is disposed.
/// </para>
/// </remarks>
public sealed unsafe class SlotCheckpoint : IDisposable
{
    internal const int HeaderSize = 64;
    internal const int CapacityOffset = 32;
    internal const int AreaHeaderSize = 64;
    private const int Tries = 4;
    private const uint Version = 1;
    private const string What = "a slot's checkpoint";
    private static readonly ulong Magic = BitConverter.ToUInt64("SHMEMCKP"u8);

    private readonly ShMemLease _lease;

    private SlotCheckpoint(ShMemLease lease, int capacity)
    {
        _lease = lease;
        Capacity = capacity;
    }

    /// <summary>Most bytes of a state.</summary>
    public int Capacity { get; }

    /// <summary>Bytes of a segment for states of so many bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 or more than 1 GiB.</exception>
    public static long SizeFor(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, 1 << 30);
        return HeaderSize + 2 * AreaSize(capacity);
    }

    /// <summary>Lays out a new segment, with no state in it.</summary>
    /// <param name="segment">A new segment, all zero, of at least <see cref="SizeFor"/> bytes. The caller keeps and disposes it.</param>
    /// <param name="capacity">Most bytes of a state.</param>
    /// <returns>The checkpoint. The caller disposes it.</returns>
    /// <exception cref="ShMemException">The segment is too small.</exception>
    public static SlotCheckpoint Create(ShMem segment, int capacity)
    {
        LayoutHeader.CheckRoom(segment, SizeFor(capacity), What);
        var lease = segment.Lease();
        // SAFETY: the room was checked and the lease keeps the mapping.
        *(int*)(lease.Pointer + CapacityOffset) = capacity;
        LayoutHeader.Write(lease.Pointer, Magic, Version, HeaderSize, segment.Length);
        return new SlotCheckpoint(lease, capacity);
    }

    /// <summary>Opens what another process laid out, to read or to go on writing.</summary>
    /// <param name="segment">The segment. The caller keeps and disposes it.</param>
    /// <returns>The checkpoint. The caller disposes it.</returns>
    /// <exception cref="ShMemException">It is no checkpoint, of another layout version, or damaged.</exception>
    public static SlotCheckpoint Open(ShMem segment)
    {
        ArgumentNullException.ThrowIfNull(segment);
        var lease = segment.Lease();
        try
        {
            LayoutHeader.Check(segment, Magic, Version, HeaderSize, What);
            var capacity = Volatile.Read(ref *(int*)(lease.Pointer + CapacityOffset));
            if (capacity is < 1 or > 1 << 30 || SizeFor(capacity) > segment.Length)
                throw LayoutHeader.Invalid(segment, What, $"two states of {capacity} bytes do not fit {segment.Length} bytes");
            return new SlotCheckpoint(lease, capacity);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>Saves a state. A death at any step leaves this one or the one before.</summary>
    /// <exception cref="ArgumentException">It is longer than <see cref="Capacity"/>.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint is disposed.</exception>
    public void Write(ReadOnlySpan<byte> state) => Write<NoCheckpointProbe>(state);

    internal void Write<TProbe>(ReadOnlySpan<byte> state) where TProbe : struct, ICheckpointProbe
    {
        if (state.Length > Capacity) throw new ArgumentException($"A state has at most {Capacity} bytes, not {state.Length}.", nameof(state));
        var (first, second) = (Sequence(0), Sequence(1));
        var older = first <= second ? 0 : 1;
        var area = Area(older);
        Volatile.Write(ref *(long*)area, 0);
        Volatile.WriteBarrier();
        TProbe.Reached(CheckpointStep.Invalidated);
        *(int*)(area + 8) = state.Length;
        TProbe.Reached(CheckpointStep.LengthWritten);
        state.CopyTo(new Span<byte>(area + AreaHeaderSize, Capacity));
        TProbe.Reached(CheckpointStep.BytesWritten);
        Volatile.Write(ref *(long*)area, Math.Max(first, second) + 1);
        TProbe.Reached(CheckpointStep.SequenceWritten);
    }

    /// <summary>Copies the last state that was saved whole.</summary>
    /// <returns>
    /// False when there is none, or when a writer at work overtook four tries. After the writer's death the answer is final.
    /// </returns>
    /// <exception cref="ObjectDisposedException">The checkpoint is disposed.</exception>
    public bool TryRead([NotNullWhen(true)] out byte[]? state)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            var newer = Sequence(0) >= Sequence(1) ? 0 : 1;
            var area = Area(newer);
            var sequence = Sequence(newer);
            if (sequence == 0) continue;
            var length = Volatile.Read(ref *(int*)(area + 8));
            if ((uint)length > (uint)Capacity) continue;
            state = new ReadOnlySpan<byte>(area + AreaHeaderSize, length).ToArray();
            Volatile.ReadBarrier();
            if (Sequence(newer) == sequence) return true;
        }

        state = null;
        return false;
    }

    /// <summary>Lets the segment go. Nobody may be using it.</summary>
    public void Dispose() => _lease.Dispose();

    private static long AreaSize(int capacity) => AreaHeaderSize + ((capacity + 63L) & -64L);

    private byte* Area(int number) => _lease.Pointer + HeaderSize + number * AreaSize(Capacity);

    /// <summary>The area's sequence number; 0 also for a negative one, which no writer stores.</summary>
    private long Sequence(int number) => Math.Max(0, Volatile.Read(ref *(long*)Area(number)));
}
