namespace Shmem.Backends.Lifetime;

/// <summary>
/// Who holds which segment. A lease is the membership (holder, segment): acquiring again changes nothing, and a segment lives in the table exactly as
/// long as somebody holds it. Pure state: it does no I/O, and whoever calls it frees what it says is free. Not thread-safe.
/// </summary>
internal sealed class LeaseTable
{
    /// <summary>
    /// How long a dead holder is remembered, so that a request of its own that was still on its way gets no lease that nobody would end. On one machine
    /// such a request is late by milliseconds.
    /// </summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    private readonly Dictionary<ShMemId, HashSet<HolderId>> _holders = [];
    private readonly Dictionary<HolderId, HashSet<ShMemId>> _segments = [];
    private readonly HashSet<HolderId> _gone = [];
    private readonly Queue<(HolderId Holder, TimeSpan Until)> _forget = [];

    /// <summary>Segments that live.</summary>
    public int Segments => _holders.Count;

    /// <summary>Holders of at least one lease.</summary>
    public int Holders => _segments.Count;

    /// <summary>Leases in sum.</summary>
    public int Leases { get; private set; }

    /// <summary>How many hold the segment; 0 when it does not live.</summary>
    public int Count(ShMemId segment) => _holders.TryGetValue(segment, out var holders) ? holders.Count : 0;

    /// <summary>A segment was created, with its first lease.</summary>
    /// <returns>Granted, HolderIsGone or Exists.</returns>
    public LeaseOutcome Add(HolderId holder, ShMemId segment)
    {
        if (_gone.Contains(holder)) return LeaseOutcome.HolderIsGone;
        if (!_holders.TryAdd(segment, [])) return LeaseOutcome.Exists;
        return Acquire(holder, segment);
    }

    /// <summary>A holder wants a lease.</summary>
    /// <returns>Granted, AlreadyHeld, HolderIsGone or NoSuchSegment.</returns>
    public LeaseOutcome Acquire(HolderId holder, ShMemId segment)
    {
        if (_gone.Contains(holder)) return LeaseOutcome.HolderIsGone;
        if (!_holders.TryGetValue(segment, out var holders)) return LeaseOutcome.NoSuchSegment;
        if (!holders.Add(holder)) return LeaseOutcome.AlreadyHeld;
        if (!_segments.TryGetValue(holder, out var segments)) _segments.Add(holder, segments = []);
        segments.Add(segment);
        Leases++;
        return LeaseOutcome.Granted;
    }

    /// <summary>A holder ends a lease.</summary>
    /// <returns>Released, Freed, NoSuchSegment or NotHeld.</returns>
    public LeaseOutcome Release(HolderId holder, ShMemId segment)
    {
        if (!_holders.TryGetValue(segment, out var holders)) return LeaseOutcome.NoSuchSegment;
        if (!holders.Contains(holder)) return LeaseOutcome.NotHeld;
        var segments = _segments[holder];
        segments.Remove(segment);
        if (segments.Count == 0) _segments.Remove(holder);
        return End(holder, segment) ? LeaseOutcome.Freed : LeaseOutcome.Released;
    }

    /// <summary>The operating system has said that the holder's process is gone: all its leases end.</summary>
    /// <param name="holder">The holder; it need not have held anything.</param>
    /// <param name="now">The time, on any clock that only goes forward.</param>
    /// <returns>The segments that it was the last to hold.</returns>
    public IReadOnlyList<ShMemId> HolderGone(HolderId holder, TimeSpan now)
    {
        while (_forget.TryPeek(out var oldest) && oldest.Until <= now) _gone.Remove(_forget.Dequeue().Holder);
        if (_gone.Add(holder)) _forget.Enqueue((holder, now + Remembered));

        if (!_segments.Remove(holder, out var segments)) return [];
        return [.. segments.Where(segment => End(holder, segment))];
    }

    /// <summary>Ends one lease on the segment's side.</summary>
    /// <returns>True when it was the last.</returns>
    private bool End(HolderId holder, ShMemId segment)
    {
        var holders = _holders[segment];
        holders.Remove(holder);
        Leases--;
        return holders.Count == 0 && _holders.Remove(segment);
    }
}
