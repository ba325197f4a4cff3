namespace Shmem.Backends.Lifetime;

/// <summary>
/// What keeps which segment. A lease is the membership (holder, segment): acquiring again changes nothing, and a segment lives in the table exactly as
/// long as a lease, a fork's token or a restart's reservation keeps it. Pure state: it does no I/O, and whoever calls it frees what it says is free
/// (<see cref="TakeFreed"/>). Not thread-safe.
/// </summary>
/// <remarks>
/// Each segment here is one of its own, which is unlinked when nothing keeps it: mappings that some process still has stay valid, so nobody has to wait for that one. Who uses
/// bytes again instead counts for itself who may still write them, as <see cref="Arena.SharedArena"/> does with the holders of its cells.
/// </remarks>
internal sealed class LeaseTable
{
    /// <summary>
    /// How long a dead holder is remembered, so that a request of its own that was still on its way gets no lease that nobody would end. On one machine
    /// such a request is late by milliseconds.
    /// </summary>
    public static readonly TimeSpan Remembered = TimeSpan.FromMinutes(5);

    private readonly Dictionary<ShMemId, HashSet<Keeper>> _segments = [];
    private readonly Dictionary<Keeper, HashSet<ShMemId>> _kept = [];
    private readonly HashSet<HolderId> _gone = [];
    private readonly Queue<(HolderId Holder, TimeSpan Until)> _forget = [];
    private List<ShMemId> _freed = [];

    /// <summary>Segments that live.</summary>
    public int Segments => _segments.Count;

    /// <summary>Holders of at least one lease.</summary>
    public int Holders { get; private set; }

    /// <summary>Leases in sum.</summary>
    public int Leases { get; private set; }

    /// <summary>How many processes hold the segment; tokens and reservations do not count.</summary>
    public int Count(ShMemId segment) =>
        _segments.TryGetValue(segment, out var keepers) ? keepers.Count(keeper => keeper.Kind == KeeperKind.Lease) : 0;

    /// <summary>True while something keeps the segment.</summary>
    public bool Lives(ShMemId segment) => _segments.ContainsKey(segment);

    /// <summary>True where the operating system has said so, lately.</summary>
    public bool IsGone(HolderId holder) => _gone.Contains(holder);

    /// <summary>A segment was created, with its first lease.</summary>
    /// <returns>Granted, HolderIsGone or Exists.</returns>
    public LeaseOutcome Add(HolderId holder, ShMemId segment)
    {
        if (_gone.Contains(holder)) return LeaseOutcome.HolderIsGone;
        if (!_segments.TryAdd(segment, [])) return LeaseOutcome.Exists;
        Keep(Keeper.Lease(holder), segment);
        return LeaseOutcome.Granted;
    }

    /// <summary>A holder wants a lease.</summary>
    /// <returns>Granted, AlreadyHeld, HolderIsGone or NoSuchSegment.</returns>
    public LeaseOutcome Acquire(HolderId holder, ShMemId segment)
    {
        if (_gone.Contains(holder)) return LeaseOutcome.HolderIsGone;
        if (!Lives(segment)) return LeaseOutcome.NoSuchSegment;
        return Keep(Keeper.Lease(holder), segment) ? LeaseOutcome.Granted : LeaseOutcome.AlreadyHeld;
    }

    /// <summary>A holder ends a lease.</summary>
    /// <returns>Released, Freed, NoSuchSegment or NotHeld.</returns>
    public LeaseOutcome Release(HolderId holder, ShMemId segment)
    {
        if (!_segments.TryGetValue(segment, out var keepers)) return LeaseOutcome.NoSuchSegment;
        var keeper = Keeper.Lease(holder);
        if (!keepers.Contains(keeper)) return LeaseOutcome.NotHeld;
        var kept = _kept[keeper];
        kept.Remove(segment);
        if (kept.Count == 0) Forget(keeper);
        return End(keeper, segment) ? LeaseOutcome.Freed : LeaseOutcome.Released;
    }

    /// <summary>The operating system has said that the holder's process is gone: all its leases end.</summary>
    /// <param name="holder">The holder; it need not have held anything.</param>
    /// <param name="now">The time, on any clock that only goes forward.</param>
    public void HolderGone(HolderId holder, TimeSpan now)
    {
        while (_forget.TryPeek(out var oldest) && oldest.Until <= now) _gone.Remove(_forget.Dequeue().Holder);
        if (_gone.Add(holder)) _forget.Enqueue((holder, now + Remembered));
        EndAll(Keeper.Lease(holder));
    }

    /// <summary>The segments that have been freed since the last call, in the order in which they were.</summary>
    public IReadOnlyList<ShMemId> TakeFreed()
    {
        if (_freed.Count == 0) return [];
        var freed = _freed;
        _freed = [];
        return freed;
    }

    /// <summary>What a keeper keeps now.</summary>
    public HashSet<ShMemId> KeptBy(Keeper keeper) => _kept.TryGetValue(keeper, out var segments) ? [.. segments] : [];

    /// <summary>Lets one keeper keep what another does, which goes on.</summary>
    /// <param name="from">Who keeps it.</param>
    /// <param name="to">Who shall keep it too.</param>
    /// <param name="except">What is not copied; null for nothing.</param>
    /// <returns>How many segments the first one keeps.</returns>
    public int Copy(Keeper from, Keeper to, HashSet<ShMemId>? except = null)
    {
        if (!_kept.TryGetValue(from, out var segments)) return 0;
        foreach (var segment in segments)
            if (except?.Contains(segment) != true) Keep(to, segment);
        return segments.Count;
    }

    /// <summary>As <see cref="Copy"/>, and the first keeper then keeps nothing.</summary>
    public int Move(Keeper from, Keeper to)
    {
        var moved = Copy(from, to);
        EndAll(from);
        return moved;
    }

    /// <summary>The keeper keeps nothing any more.</summary>
    public void EndAll(Keeper keeper)
    {
        if (!_kept.TryGetValue(keeper, out var segments)) return;
        Forget(keeper);
        foreach (var segment in segments) End(keeper, segment);
    }

    private bool Keep(Keeper keeper, ShMemId segment)
    {
        if (!_segments[segment].Add(keeper)) return false;
        if (!_kept.TryGetValue(keeper, out var segments))
        {
            _kept.Add(keeper, segments = []);
            if (keeper.Kind == KeeperKind.Lease) Holders++;
        }

        segments.Add(segment);
        if (keeper.Kind == KeeperKind.Lease) Leases++;
        return true;
    }

    private void Forget(Keeper keeper)
    {
        if (_kept.Remove(keeper) && keeper.Kind == KeeperKind.Lease) Holders--;
    }

    /// <summary>Ends one membership on the segment's side.</summary>
    /// <returns>True when it was the last.</returns>
    private bool End(Keeper keeper, ShMemId segment)
    {
        var keepers = _segments[segment];
        keepers.Remove(keeper);
        if (keeper.Kind == KeeperKind.Lease) Leases--;
        if (keepers.Count > 0) return false;
        _segments.Remove(segment);
        _freed.Add(segment);
        return true;
    }
}
