namespace Shmem.Backends.Corpus;

/// <summary>
/// One segment of a log, checked and mapped. Layout: bytes 0–31 the common header (magic <c>SHMEMLOG</c>), 32 slot (4), 36 sequence number of the
/// segment (4), 40 ordinal of its first record (8); 64 tail (8), which the writer stores and readers poll; 128 pending (8) and 136 generation (4), which
/// only the writer and, after its death, the broker touch; records from 192 to the tail.
/// </summary>
// SAFETY: the view is this object's own and keeps the mapping until Dispose. Create and Open make sure first that it has more bytes than the header, whose fields are
// aligned; a link is read only where RecordLayout.TryRead found a record of a link's length.
internal sealed unsafe class LogSegment : IDisposable
{
    public const int HeaderSize = 192;
    public const int SlotOffset = 32;
    public const int SequenceOffset = 36;
    public const int FirstOrdinalOffset = 40;
    public const int TailOffset = 64;
    public const int PendingOffset = 128;
    public const int GenerationOffset = 136;

    /// <summary>Bytes kept free at a segment's end for the link.</summary>
    public static readonly int LinkLength = RecordLayout.LengthFor(ShMemDescription.EncodedSize, 0);

    public const string What = "a corpus log";

    private const uint Version = 1;
    private static readonly ulong Magic = BitConverter.ToUInt64("SHMEMLOG"u8);

    private readonly ShMem _view;

    private LogSegment(ShMem view)
    {
        _view = view;
        Start = view.Pointer;
        Length = view.Length;
        Slot = *(int*)(Start + SlotOffset);
        Sequence = *(int*)(Start + SequenceOffset);
        FirstOrdinal = *(long*)(Start + FirstOrdinalOffset);
    }

    public byte* Start { get; }

    public long Length { get; }

    public int Slot { get; }

    public int Sequence { get; }

    public long FirstOrdinal { get; private set; }

    public ShMemDescription Description => _view.Description;

    /// <summary>The end of what is committed, as the shared memory says. The acquiring read makes the records below it visible.</summary>
    public long SharedTail
    {
        get => Volatile.Read(ref *(long*)(Start + TailOffset));
        set => Volatile.Write(ref *(long*)(Start + TailOffset), value);
    }

    /// <summary>The end of a record whose claim is under way; 0 for none.</summary>
    public long Pending
    {
        get => Volatile.Read(ref *(long*)(Start + PendingOffset));
        set => Volatile.Write(ref *(long*)(Start + PendingOffset), value);
    }

    public int Generation
    {
        get => Volatile.Read(ref *(int*)(Start + GenerationOffset));
        set => Volatile.Write(ref *(int*)(Start + GenerationOffset), value);
    }

    /// <summary>Lays out an empty segment, of which the caller keeps its own view.</summary>
    public static LogSegment Create(ShMem segment, int slot, int sequence, int generation)
    {
        LayoutHeader.CheckRoom(segment, CorpusLog.SmallestSegment, What);
        var view = segment.Clone();
        var start = view.Pointer;
        *(int*)(start + SlotOffset) = slot;
        *(int*)(start + SequenceOffset) = sequence;
        *(long*)(start + FirstOrdinalOffset) = 0;
        var log = new LogSegment(view) { Pending = 0, Generation = generation, SharedTail = HeaderSize };
        LayoutHeader.Write(start, Magic, Version, HeaderSize, segment.Length);
        return log;
    }

    /// <summary>Opens a segment, of which the caller keeps its own view.</summary>
    public static LogSegment Open(ShMem segment)
    {
        LayoutHeader.Check(segment, Magic, Version, HeaderSize, What);
        if (segment.Length < CorpusLog.SmallestSegment) throw LayoutHeader.Invalid(segment, What, $"it has only {segment.Length} bytes");
        var log = new LogSegment(segment.Clone());
        if (log.Slot >= 0 && log.Sequence >= 0 && log.FirstOrdinal >= 0) return log;
        log.Dispose();
        throw log.Invalid("its slot, sequence number or first ordinal is negative");
    }

    /// <summary>True when the segment holds a log already, whatever its state.</summary>
    public static bool IsLaidOut(ShMem segment) => segment.Length >= HeaderSize && *(ulong*)segment.Pointer == Magic;

    /// <summary>The tail, after checking that it lies in the segment and not before <paramref name="atLeast"/>.</summary>
    public long CheckedTail(long atLeast)
    {
        var tail = SharedTail;
        if (tail < atLeast || tail > Length || tail % 8 != 0) throw Invalid($"its tail is {tail}, the last record ends at {atLeast} of {Length}");
        return tail;
    }

    /// <summary>Opens the segment that this one's link, a record at <paramref name="offset"/>, names; it has to continue this one exactly.</summary>
    public LogSegment Follow(long offset, long nextOrdinal, Func<ShMemDescription, ShMem> open)
    {
        // A copy: the bytes are read twice otherwise, and may change between.
        var encoded = new ReadOnlySpan<byte>(Start + offset + RecordLayout.Size, ShMemDescription.EncodedSize).ToArray();
        if (!ShMemDescription.TryRead(encoded, out var description)) throw Invalid("its link is no description of a segment");
        using var segment = open(description);
        var next = Open(segment);
        if (next.Slot == Slot && next.Sequence == Sequence + 1 && next.FirstOrdinal == nextOrdinal) return next;
        next.Dispose();
        throw Invalid($"its link leads to slot {next.Slot}, segment {next.Sequence}, record {next.FirstOrdinal}, not to slot {Slot}, segment {Sequence + 1}, record {nextOrdinal}");
    }

    /// <summary>The last segment of a chain, and the ordinal and offset of the record that comes next in it. It reads every record's header.</summary>
    public static LogSegment OpenLast(ShMem from, Func<ShMemDescription, ShMem> open, out long nextOrdinal, out long tail)
    {
        var log = Open(from);
        try
        {
            while (true)
            {
                nextOrdinal = log.FirstOrdinal;
                tail = log.CheckedTail(HeaderSize);
                var link = -1L;
                for (var at = (long)HeaderSize; at < tail;)
                {
                    if (link >= 0 || !RecordLayout.TryRead(log.Start + at, tail - at, out var length, out var kind, out _, out _))
                        throw log.Invalid($"the record at {at} is malformed");
                    if (kind == RecordKind.Link) link = at;
                    else nextOrdinal++;
                    at += length;
                }

                if (link < 0) return log;
                var next = log.Follow(link, nextOrdinal, open);
                log.Dispose();
                log = next;
            }
        }
        catch
        {
            log.Dispose();
            throw;
        }
    }

    public void SetFirstOrdinal(long ordinal)
    {
        FirstOrdinal = ordinal;
        Volatile.Write(ref *(long*)(Start + FirstOrdinalOffset), ordinal);
    }

    public ShMemException Invalid(string why) => new(ShMemError.Invalid, $"read corpus log {Description.Id}", why,
        "Something other than its writer wrote into it: end the slot that it belongs to.");

    public void Dispose() => _view.Dispose();
}
