using System.Diagnostics.CodeAnalysis;

namespace Shmem.Backends.Slots;

/// <summary>
/// A slot's last saved state, which survives its worker's death at any moment: two areas are written in turn, the sequence number last, so that one of them is
/// whole at every time. A state that is larger than an area goes into a segment of its own, one for each area, and the area then holds its description.
/// </summary>
/// <remarks>
/// <para>
/// Layout: bytes 0–31 the common header (magic <c>SHMEMCKP</c>), 32 bytes of an area's content (4); from 64 the two areas, each {sequence number (8, 0 while it is being
/// written), the state's length (4), where it is (4: 0 in the area, 1 in the segment whose description, encoded, the area holds), reserved (48), content}, a multiple of 64 long.
/// </para>
/// <para>
/// One writer at a time, readers in any process. Memory order: the number's zero, the content and the new number are kept in this order by store barriers; a reader
/// takes the number with an acquiring read, and looks again behind a load barrier: what changed meanwhile is read anew, at most four times. A segment of its own is written and read between
/// the same two looks at the number (SlotCheckpoint.pml). It holds leases until it is disposed.
/// </para>
/// </remarks>
public sealed unsafe class SlotCheckpoint : IDisposable
{
    internal const int HeaderSize = 64;
    internal const int CapacityOffset = 32;
    internal const int AreaHeaderSize = 64;
    private const int Tries = 4;
    private const uint Version = 2;
    private const int InArea = 0;
    private const int InSegment = 1;
    private const string What = "a slot's checkpoint";
    private static readonly ulong Magic = BitConverter.ToUInt64("SHMEMCKP"u8);

    private readonly ShMemLease _lease;

    /// <summary>For each area the segment of its larger states, if one was given.</summary>
    private readonly (ShMemLease Lease, ShMemDescription Description, int Length)?[] _larger = new (ShMemLease, ShMemDescription, int)?[2];

    private SlotCheckpoint(ShMemLease lease, int capacity)
    {
        _lease = lease;
        Capacity = capacity;
    }

    /// <summary>Most bytes of any state, 1 GiB: what one array of bytes can hold with room to spare.</summary>
    public const int LargestState = 1 << 30;

    /// <summary>Most bytes of a state in an area.</summary>
    public int Capacity { get; }

    /// <summary>The area that the next state goes to, 0 or 1. For the writer.</summary>
    public int NextArea => Sequence(0) <= Sequence(1) ? 0 : 1;

    /// <summary>Most bytes of the next state. For the writer.</summary>
    public int Room => Math.Max(Capacity, _larger[NextArea]?.Length ?? 0);

    /// <summary>Bytes of a segment for states of so many bytes.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 or more than <see cref="LargestState"/>.</exception>
    public static long SizeFor(int capacity)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(capacity, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(capacity, LargestState);
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
            if (capacity is < 1 or > LargestState || SizeFor(capacity) > segment.Length)
                throw LayoutHeader.Invalid(segment, What, $"two states of {capacity} bytes do not fit {segment.Length} bytes");
            return new SlotCheckpoint(lease, capacity);
        }
        catch
        {
            lease.Dispose();
            throw;
        }
    }

    /// <summary>
    /// From now on an area's states that are larger than <see cref="Capacity"/> go into this segment. For the writer. The segment must be no other area's, and outlive
    /// every state in it: also after a larger one was given, the area's newest state may still be there.
    /// </summary>
    /// <param name="area">0 or 1; see <see cref="NextArea"/>.</param>
    /// <param name="segment">A segment that readers can open by its description. The caller disposes it; the checkpoint has a lease of its own.</param>
    /// <exception cref="ArgumentOutOfRangeException">There is no such area.</exception>
    /// <exception cref="InvalidOperationException">An area is too small for a description (<see cref="ShMemDescription.EncodedSize"/>).</exception>
    public void Give(int area, ShMem segment)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(area);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(area, 1);
        ArgumentNullException.ThrowIfNull(segment);
        if (Capacity < ShMemDescription.EncodedSize)
            throw new InvalidOperationException($"An area of {Capacity} bytes has no room for a description, which takes {ShMemDescription.EncodedSize}.");
        var before = _larger[area];
        _larger[area] = (segment.Lease(), segment.Description, (int)Math.Min(segment.Length, LargestState));
        before?.Lease.Dispose();
    }

    /// <summary>Saves a state. A death at any step leaves this one or the one before.</summary>
    /// <exception cref="ArgumentException">It is longer than <see cref="Room"/>.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint is disposed.</exception>
    public void Write(ReadOnlySpan<byte> state) => Write<NoProbe<CheckpointStep>>(state);

    internal void Write<TProbe>(ReadOnlySpan<byte> state) where TProbe : struct, IProbe<CheckpointStep>
    {
        if (state.Length > Room) throw new ArgumentException($"A state has at most {Room} bytes now, not {state.Length}.", nameof(state));
        var (first, second) = (Sequence(0), Sequence(1));
        var older = first <= second ? 0 : 1;
        var area = Area(older);
        Volatile.Write(ref *(long*)area, 0);
        Volatile.WriteBarrier();
        TProbe.Reached(CheckpointStep.Invalidated);
        *(int*)(area + 8) = state.Length;
        *(int*)(area + 12) = state.Length > Capacity ? InSegment : InArea;
        TProbe.Reached(CheckpointStep.LengthWritten);
        if (state.Length <= Capacity)
        {
            state.CopyTo(new Span<byte>(area + AreaHeaderSize, Capacity));
        }
        else
        {
            var larger = _larger[older]!.Value;
            // SAFETY: the lease keeps the mapping, which is at least that long.
            state.CopyTo(new Span<byte>(larger.Lease.Pointer, larger.Length));
            TProbe.Reached(CheckpointStep.SegmentWritten);
            larger.Description.Write(new Span<byte>(area + AreaHeaderSize, Capacity));
        }

        TProbe.Reached(CheckpointStep.BytesWritten);
        Volatile.Write(ref *(long*)area, Math.Max(first, second) + 1);
        TProbe.Reached(CheckpointStep.SequenceWritten);
    }

    /// <summary>Copies the last state that was saved whole.</summary>
    /// <param name="state">It.</param>
    /// <param name="open">Opens the segment of a state that is larger than an area.</param>
    /// <returns>
    /// False when there is none, or when a writer at work overtook four tries. After the writer's death the answer is final.
    /// </returns>
    /// <exception cref="ShMemException">It is in a segment of its own, which cannot be opened, or nobody said how.</exception>
    /// <exception cref="ObjectDisposedException">The checkpoint is disposed.</exception>
    public bool TryRead([NotNullWhen(true)] out byte[]? state, Func<ShMemDescription, ShMem>? open = null)
    {
        for (var tries = 0; tries < Tries; tries++)
        {
            var newer = Sequence(0) >= Sequence(1) ? 0 : 1;
            var area = Area(newer);
            var sequence = Sequence(newer);
            if (sequence == 0) continue;
            var length = Volatile.Read(ref *(int*)(area + 8));
            var place = Volatile.Read(ref *(int*)(area + 12));
            state = place switch
            {
                InArea when (uint)length <= (uint)Capacity => new ReadOnlySpan<byte>(area + AreaHeaderSize, length).ToArray(),
                InSegment when Capacity >= ShMemDescription.EncodedSize => ReadSegment(newer, sequence, length, open),
                _ => null,
            };
            Volatile.ReadBarrier();
            if (state is not null && Sequence(newer) == sequence) return true;
        }

        state = null;
        return false;
    }

    /// <summary>Lets the segments go. Nobody may be using it.</summary>
    public void Dispose()
    {
        _lease.Dispose();
        foreach (var larger in _larger) larger?.Lease.Dispose();
    }

    /// <returns>Null where it was changed meanwhile, or is damaged.</returns>
    private byte[]? ReadSegment(int number, long sequence, int length, Func<ShMemDescription, ShMem>? open)
    {
        var encoded = new ReadOnlySpan<byte>(Area(number) + AreaHeaderSize, ShMemDescription.EncodedSize).ToArray();
        // A description of which one half is another's may name what is not to be had: it is opened only when it is known to be whole.
        Volatile.ReadBarrier();
        if (Sequence(number) != sequence || !ShMemDescription.TryRead(encoded, out var description) || length <= Capacity || length > description.Size) return null;
        if (open is null)
        {
            throw new ShMemException(ShMemError.Unsupported, $"read {What}", $"its state of {length} bytes is in a segment of its own, {description.Id}",
                "Say how that is opened.");
        }

        using var segment = open(description);
        return length <= segment.Length ? segment.Slice(0, length).ToArray() : null;
    }

    private static long AreaSize(int capacity) => AreaHeaderSize + ((capacity + 63L) & -64L);

    private byte* Area(int number) => _lease.Pointer + HeaderSize + number * AreaSize(Capacity);

    /// <summary>The area's sequence number; 0 also for a negative one, which no writer stores.</summary>
    private long Sequence(int number) => Math.Max(0, Volatile.Read(ref *(long*)Area(number)));
}
