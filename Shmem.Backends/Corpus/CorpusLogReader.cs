namespace Shmem.Backends.Corpus;

/// <summary>Reads a slot's log from its first segment on, following links; one of many readers, beside a writer that goes on.</summary>
/// <remarks>
/// <para>Use it from one thread at a time. It keeps every segment that it has reached mapped until it is disposed, since records are views of them.</para>
/// <para>
/// It trusts nothing in the log: every length is checked against the mapping, a segment is followed only to one that continues it, and a call reads at most one record and
/// follows at most one link, so no content can make it loop.
/// </para>
/// </remarks>
public sealed unsafe class CorpusLogReader : IDisposable
{
    private readonly Func<ShMemDescription, ShMem> _open;
    private readonly List<LogSegment> _segments = [];
    private LogSegment _current;
    private long _offset = LogSegment.HeaderSize;
    private long _ordinal;
    private bool _disposed;

    /// <summary>A reader before the log's first record.</summary>
    /// <param name="first">The log's first segment, or a later one to begin there. The caller keeps and disposes it.</param>
    /// <param name="open">Opens the next segment by its description; the reader disposes what it returns.</param>
    /// <exception cref="ShMemException">The segment is not a log of this layout version.</exception>
    public CorpusLogReader(ShMem first, Func<ShMemDescription, ShMem> open)
    {
        ArgumentNullException.ThrowIfNull(first);
        ArgumentNullException.ThrowIfNull(open);
        _open = open;
        _current = LogSegment.Open(first);
        _segments.Add(_current);
        _ordinal = _current.FirstOrdinal;
    }

    /// <summary>The worker slot that the log belongs to.</summary>
    public int Slot => _current.Slot;

    /// <summary>The number of the segment that is being read, from 0.</summary>
    public int Segment => _current.Sequence;

    /// <summary>The description of the segment that is being read: where <see cref="CorpusLog.Recover"/> and a new reader can begin.</summary>
    public ShMemDescription Current => _current.Description;

    /// <summary>Reads the next committed record.</summary>
    /// <returns>False when there is none yet: call again later.</returns>
    /// <exception cref="ShMemException">
    /// The log is damaged, or the next segment cannot be opened. The reader stays before the same place, so a passing failure can be tried again.
    /// </exception>
    /// <exception cref="ObjectDisposedException">The reader is disposed.</exception>
    public bool TryRead(out CorpusRecord record)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        record = default;
        if (!TryLength(out var length, out var kind, out var payload, out var details)) return false;
        if (kind == RecordKind.Link)
        {
            Follow();
            if (!TryLength(out length, out kind, out payload, out details)) return false;
            if (kind == RecordKind.Link) throw _current.Invalid("it holds a link and no record");
        }

        record = new CorpusRecord(_current.Start + _offset, kind, new CorpusAddress(_current.Slot, _ordinal), payload, details);
        _offset += length;
        _ordinal++;
        return true;
    }

    /// <summary>Lets the segments go; the records that it gave must not be used any more.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (var segment in _segments) segment.Dispose();
    }

    private bool TryLength(out int length, out RecordKind kind, out int payload, out int details)
    {
        var tail = _current.CheckedTail(_offset);
        if (tail == _offset)
        {
            (length, kind, payload, details) = (0, 0, 0, 0);
            return false;
        }

        if (RecordLayout.TryRead(_current.Start + _offset, tail - _offset, out length, out kind, out payload, out details)) return true;
        throw _current.Invalid($"the record at {_offset} is malformed");
    }

    private void Follow()
    {
        _current = _current.Follow(_offset, _ordinal, _open);
        _segments.Add(_current);
        _offset = LogSegment.HeaderSize;
    }
}
