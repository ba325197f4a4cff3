using System.Runtime.InteropServices;

namespace Shmem.Backends.Corpus;

/// <summary>
/// A record's first 64 bytes. The payload follows, then the details, each padded with up to 7 bytes to a multiple of 8. Records start at multiples of 8.
/// </summary>
[StructLayout(LayoutKind.Explicit, Size = Size)]
internal struct RecordLayout
{
    public const int Size = 64;
    public const int PersistedFlag = 1;
    public const int NoParent = -1;

    /// <summary>What one kill adds to <see cref="Flags"/>: the upper 24 bits count them.</summary>
    public const int OneKill = 1 << KillShift;
    public const int KillShift = 8;

    /// <summary>Bytes of the whole record, a multiple of 8.</summary>
    [FieldOffset(0)] public int Length;
    [FieldOffset(4)] public int Kind;

    /// <summary>The only field that changes after the commit, and only by atomic operations.</summary>
    [FieldOffset(8)] public int Flags;
    [FieldOffset(12)] public int PayloadLength;
    [FieldOffset(16)] public int DetailsLength;
    [FieldOffset(20)] public int ParentSlot;
    [FieldOffset(24)] public long ParentOrdinal;
    [FieldOffset(32)] public long ExecutionNanoseconds;
    [FieldOffset(40)] public long Executions;
    [FieldOffset(48)] public long Milliseconds;
    [FieldOffset(56)] public int Edges;
    [FieldOffset(60)] public int Operations;

    /// <summary>Bytes of a record, for lengths that were checked against the limits.</summary>
    public static int LengthFor(int payload, int details) => Size + Padded(payload) + Padded(details);

    public static int Padded(int length) => (length + 7) & -8;

    /// <summary>
    /// Checks the record at <paramref name="start"/>, of which <paramref name="available"/> bytes are readable. Each length is read once, so that a writer that
    /// changes it meanwhile changes nothing here.
    /// </summary>
    public static unsafe bool TryRead(byte* start, long available, out int length, out RecordKind kind, out int payload, out int details)
    {
        (length, kind, payload, details) = (0, 0, 0, 0);
        if (available < Size) return false;
        var record = (RecordLayout*)start;
        length = Volatile.Read(ref record->Length);
        kind = (RecordKind)Volatile.Read(ref record->Kind);
        payload = Volatile.Read(ref record->PayloadLength);
        details = Volatile.Read(ref record->DetailsLength);
        if (length < Size || length > available) return false;
        if (payload is < 0 or > CorpusLog.MostPayload || details is < 0 or > CorpusLog.MostDetails) return false;
        if (length != LengthFor(payload, details)) return false;
        return kind switch
        {
            RecordKind.Entry or RecordKind.Finding => true,
            RecordKind.Link => payload == ShMemDescription.EncodedSize && details == 0,
            _ => false,
        };
    }
}
