namespace Shmem.Backends.Lifetime;

/// <summary>
/// What processes that mean to be restarted leave to their successors. The leases that such a process holds when the operating system says that it is gone are kept
/// for a grace time from then on; the successor gets them as its own, and when it has acknowledged that (it has opened what it needs) the
/// old ones end.
/// </summary>
/// <remarks>
/// A successor that dies before it has acknowledged leaves all to the next one. It may come before the report of the death, and then gets what its predecessor has come
/// to hold meanwhile when that is reported. Pure state; not thread-safe.
/// </remarks>
internal sealed class RestartLedger(LeaseTable leases)
{
    /// <summary>The longest grace time: 1 h.</summary>
    public static readonly TimeSpan LongestGrace = TimeSpan.FromHours(1);

    private readonly Dictionary<HolderId, Restart> _restarts = [];

    /// <summary>Processes that are gone and whose leases are kept.</summary>
    public int Reserved => _restarts.Values.Count(restart => restart.Due is not null);

    /// <summary>When <see cref="Expire"/> has something to do next; null for never.</summary>
    public TimeSpan? NextDue => _restarts.Count == 0 ? null : _restarts.Values.Min(restart => restart.Due);

    /// <summary>A living process announces that another one shall go on in its place. Announcing again sets the grace time anew.</summary>
    /// <returns>Done, AlreadyDone, HolderIsGone or BadLimit.</returns>
    public LeaseOutcome Announce(HolderId holder, TimeSpan grace)
    {
        if (leases.IsGone(holder)) return LeaseOutcome.HolderIsGone;
        if (grace <= TimeSpan.Zero || grace > LongestGrace) return LeaseOutcome.BadLimit;
        if (_restarts.TryAdd(holder, new Restart { Grace = grace })) return LeaseOutcome.Done;
        _restarts[holder].Grace = grace;
        return LeaseOutcome.AlreadyDone;
    }

    /// <summary>The successor gets the leases too; the old ones stay.</summary>
    /// <returns>Done, AlreadyDone, NoSuchRestart, HolderIsGone or NotTheSuccessor.</returns>
    public LeaseOutcome Succeed(HolderId predecessor, HolderId successor)
    {
        if (!_restarts.TryGetValue(predecessor, out var restart)) return LeaseOutcome.NoSuchRestart;
        if (leases.IsGone(successor)) return LeaseOutcome.HolderIsGone;
        if (restart.Successor == successor) return LeaseOutcome.AlreadyDone;
        if (restart.Successor is not null || predecessor == successor) return LeaseOutcome.NotTheSuccessor;
        restart.Successor = successor;
        var left = restart.Due is null ? Keeper.Lease(predecessor) : Keeper.Reservation(predecessor);
        restart.Given = leases.KeptBy(left);
        leases.Copy(left, Keeper.Lease(successor));
        return LeaseOutcome.Done;
    }

    /// <summary>The successor needs the old leases no more.</summary>
    /// <returns>Done, NoSuchRestart or NotTheSuccessor.</returns>
    public LeaseOutcome Acknowledge(HolderId predecessor, HolderId successor)
    {
        if (!_restarts.TryGetValue(predecessor, out var restart)) return LeaseOutcome.NoSuchRestart;
        if (restart.Successor != successor) return LeaseOutcome.NotTheSuccessor;
        End(predecessor);
        return LeaseOutcome.Done;
    }

    /// <summary>Keeps what a process leaves to its successor. Called before the leases hear of the death.</summary>
    public void HolderGone(HolderId holder, TimeSpan now)
    {
        foreach (var restart in _restarts.Values)
            if (restart.Successor == holder) restart.Successor = null;
        if (!_restarts.TryGetValue(holder, out var own) || own.Due is not null) return;
        if (leases.Move(Keeper.Lease(holder), Keeper.Reservation(holder)) == 0)
        {
            _restarts.Remove(holder);
            return;
        }

        own.Due = now + own.Grace;
        // What the successor got when it came, it may have released since.
        if (own.Successor is { } early) leases.Copy(Keeper.Reservation(holder), Keeper.Lease(early), except: own.Given);
    }

    /// <summary>Ends what no successor has acknowledged in time.</summary>
    public void Expire(TimeSpan now)
    {
        foreach (var (predecessor, _) in _restarts.Where(restart => restart.Value.Due <= now).OrderBy(restart => restart.Value.Due).ToList()) End(predecessor);
    }

    private void End(HolderId predecessor)
    {
        _restarts.Remove(predecessor);
        leases.EndAll(Keeper.Reservation(predecessor));
    }

    private sealed class Restart
    {
        public TimeSpan Grace { get; set; }

        /// <summary>Who has the leases too, and has not acknowledged.</summary>
        public HolderId? Successor { get; set; }

        /// <summary>What the successor got when it came.</summary>
        public HashSet<ShMemId> Given { get; set; } = [];

        /// <summary>When the grace time is over; null while the process lives.</summary>
        public TimeSpan? Due { get; set; }
    }
}
