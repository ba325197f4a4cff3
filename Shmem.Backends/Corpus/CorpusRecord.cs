namespace Shmem.Backends.Corpus;

/// <summary>A view of a committed record, without a copy.</summary>
/// <remarks>
/// It may be kept and used from any thread until the <see cref="CorpusLogReader"/> that gave it is disposed; after that, reading it is a fatal fault. Its
/// lengths were checked when it was read and do not change, whatever another process writes into the log.
/// </remarks>
public readonly unsafe struct CorpusRecord
{
    private readonly RecordLayout* _record;
    private readonly int _payload;
    private readonly int _details;

    internal CorpusRecord(byte* start, RecordKind kind, CorpusAddress address, int payload, int details)
    {
        _record = (RecordLayout*)start;
        _payload = payload;
        _details = details;
        Kind = kind;
        Address = address;
    }

    /// <summary><see cref="RecordKind.Entry"/> or <see cref="RecordKind.Finding"/>.</summary>
    public RecordKind Kind { get; }

    /// <summary>Where it stands.</summary>
    public CorpusAddress Address { get; }

    /// <summary>The test case, at most <see cref="CorpusLog.MostPayload"/> bytes, at an address that is a multiple of 8.</summary>
    // SAFETY (here and below): the lengths were checked against the mapping, which lives as long as the reader.
    public ReadOnlySpan<byte> Payload => new((byte*)_record + RecordLayout.Size, _payload);

    /// <summary>A finding's details, at most <see cref="CorpusLog.MostDetails"/> bytes; their format is the writer's.</summary>
    public ReadOnlySpan<byte> Details => new((byte*)_record + RecordLayout.Size + RecordLayout.Padded(_payload), _details);

    /// <summary>What the record says about its test case. The numbers are the writer's word; a parent has no negative part.</summary>
    public RecordInfo Info => new()
    {
        Parent = _record->ParentSlot >= 0 && _record->ParentOrdinal >= 0 ? new CorpusAddress(_record->ParentSlot, _record->ParentOrdinal) : null,
        ExecutionNanoseconds = _record->ExecutionNanoseconds,
        Executions = _record->Executions,
        Milliseconds = _record->Milliseconds,
        Edges = _record->Edges,
        Operations = _record->Operations,
    };

    /// <summary>True once the broker has written it to disk.</summary>
    public bool IsPersisted => (Volatile.Read(ref _record->Flags) & RecordLayout.PersistedFlag) != 0;

    /// <summary>How often a child of this test case killed its process, or hung, as <see cref="AddKill"/> counted.</summary>
    public int Kills => (int)((uint)Volatile.Read(ref _record->Flags) >> RecordLayout.KillShift);

    /// <summary>Tells every process that a child of this test case killed its process. Atomic; the log has to be mapped for writing.</summary>
    public void AddKill() => Interlocked.Add(ref _record->Flags, RecordLayout.OneKill);

    /// <summary>Says to every process that the record is on disk. Atomic; the log has to be mapped for writing.</summary>
    public void MarkPersisted() => Interlocked.Or(ref _record->Flags, RecordLayout.PersistedFlag);
}
