namespace Shmem.Backends.Lifetime;

/// <summary>
/// Forks between their announcement and their end. A fork here is any process that another one starts and that shall hold what its parent holds: a child process,
/// or a native fork server (one fork for the server, not one per execution).
/// </summary>
/// <remarks>
/// <para>
/// <see cref="Prepare"/> copies the parent's leases under a token, before the child exists. The child claims them once; the parent reports the child's pid, before or
/// after that, or not at all because it is dead. A token ends by claim, by abort, by its time limit, or by the child's death once the child is known. Between claim and abort
/// the first wins.
/// </para>
/// <para>A token whose time is over ends by <see cref="Expire"/> and no sooner: a claim that comes before that is in time. Pure state; not thread-safe.</para>
/// </remarks>
internal sealed class ForkLedger
{
    /// <summary>The shortest time limit of a token: 30 s. A child process needs half a second on an idle machine.</summary>
    public static readonly TimeSpan ShortestLimit = TimeSpan.FromSeconds(30);

    /// <summary>The longest time limit of a token: 1 h.</summary>
    public static readonly TimeSpan LongestLimit = TimeSpan.FromHours(1);

    /// <summary>How many forks a process may have announced that no child has claimed.</summary>
    public const int MostOpen = 1024;

    /// <summary>The process number of the first child. A campaign's own processes are numbered from 0.</summary>
    public const long FirstChildNumber = 1L << 40;

    private readonly LeaseTable _leases;
    private readonly int _mostOpen;
    private readonly Dictionary<ForkToken, Fork> _forks = [];
    private readonly Dictionary<HolderId, int> _openOf = [];
    private readonly Dictionary<HolderId, Fork> _openByChild = [];
    private readonly SortedSet<(TimeSpan Due, long Token)> _due = [];
    private List<EndedFork> _ended = [];
    private long _nextToken;
    private long _nextChild = FirstChildNumber;

    /// <param name="leases">The leases that forks copy.</param>
    /// <param name="firstToken">The first token; the next ones count on.</param>
    /// <param name="mostOpen">How many open forks a process may have.</param>
    public ForkLedger(LeaseTable leases, long firstToken = 1, int mostOpen = MostOpen)
    {
        _leases = leases;
        _nextToken = firstToken;
        _mostOpen = mostOpen;
    }

    /// <summary>Forks that wait for their child's claim.</summary>
    public int Open { get; private set; }

    /// <summary>When <see cref="Expire"/> has something to do next; null for never.</summary>
    public TimeSpan? NextDue => _due.Count > 0 ? _due.Min.Due : null;

    /// <summary>A process is about to start a child: its leases are kept for that child.</summary>
    /// <returns>Done, HolderIsGone, BadLimit or TooManyForks.</returns>
    public LeaseOutcome Prepare(HolderId parent, TimeSpan limit, TimeSpan now, out PreparedFork prepared)
    {
        prepared = default;
        if (_leases.IsGone(parent)) return LeaseOutcome.HolderIsGone;
        if (limit < ShortestLimit || limit > LongestLimit) return LeaseOutcome.BadLimit;
        var open = _openOf.GetValueOrDefault(parent);
        if (open >= _mostOpen) return LeaseOutcome.TooManyForks;
        var fork = new Fork(new ForkToken(_nextToken++), parent, _nextChild++, now + limit);
        _forks.Add(fork.Token, fork);
        _due.Add((fork.Due, fork.Token.Value));
        _openOf[parent] = open + 1;
        Open++;
        prepared = new PreparedFork(fork.Token, fork.ChildNumber, _leases.Copy(Keeper.Lease(parent), Keeper.Token(fork.Token)));
        return LeaseOutcome.Done;
    }

    /// <summary>The parent knows its child. It may be dead itself by now: what it said stays true.</summary>
    /// <returns>Done, AlreadyDone, NoSuchFork, NotTheParent or NotTheChild.</returns>
    public LeaseOutcome Report(ForkToken token, HolderId parent, HolderId child)
    {
        if (!_forks.TryGetValue(token, out var fork)) return LeaseOutcome.NoSuchFork;
        if (fork.Parent != parent) return LeaseOutcome.NotTheParent;
        if (!fork.CanBe(child)) return LeaseOutcome.NotTheChild;
        if (fork.Child is not null) return LeaseOutcome.AlreadyDone;
        Know(fork, child);
        if (_leases.IsGone(child)) End(fork, ForkEnd.ChildGone);
        return LeaseOutcome.Done;
    }

    /// <summary>The child says that it lives: what the token kept is now its own.</summary>
    /// <returns>Done, AlreadyDone, NoSuchFork, NotTheChild or HolderIsGone.</returns>
    public LeaseOutcome Claim(ForkToken token, HolderId child)
    {
        if (!_forks.TryGetValue(token, out var fork)) return LeaseOutcome.NoSuchFork;
        if (!fork.CanBe(child)) return LeaseOutcome.NotTheChild;
        if (_leases.IsGone(child)) return LeaseOutcome.HolderIsGone;
        if (fork.IsClaimed) return LeaseOutcome.AlreadyDone;
        Know(fork, child);
        Close(fork, ForkEnd.Claimed);
        fork.IsClaimed = true;
        _leases.Move(Keeper.Token(token), Keeper.Lease(child));
        return LeaseOutcome.Done;
    }

    /// <summary>The parent takes it back: no child came to be.</summary>
    /// <returns>Done, NoSuchFork, NotTheParent or AlreadyClaimed.</returns>
    public LeaseOutcome Abort(ForkToken token, HolderId parent)
    {
        if (!_forks.TryGetValue(token, out var fork)) return LeaseOutcome.NoSuchFork;
        if (fork.Parent != parent) return LeaseOutcome.NotTheParent;
        if (fork.IsClaimed) return LeaseOutcome.AlreadyClaimed;
        End(fork, ForkEnd.Aborted);
        return LeaseOutcome.Done;
    }

    /// <summary>Ends what waits for a child that is gone. A parent's death ends nothing. Called before the leases hear of the death.</summary>
    public void HolderGone(HolderId holder)
    {
        if (_openByChild.TryGetValue(holder, out var fork)) End(fork, ForkEnd.ChildGone);
    }

    /// <summary>Ends the tokens whose time is over, and forgets the claimed ones that are as old.</summary>
    public void Expire(TimeSpan now)
    {
        while (_due.Count > 0 && _due.Min.Due <= now)
        {
            var fork = _forks[new ForkToken(_due.Min.Token)];
            if (fork.IsClaimed) Forget(fork);
            else End(fork, ForkEnd.TimedOut);
        }
    }

    /// <summary>The forks that have ended since the last call, in the order in which they did.</summary>
    public IReadOnlyList<EndedFork> TakeEnded()
    {
        if (_ended.Count == 0) return [];
        var ended = _ended;
        _ended = [];
        return ended;
    }

    private void Know(Fork fork, HolderId child)
    {
        fork.Child = child;
        _openByChild[child] = fork;
    }

    private void End(Fork fork, ForkEnd how)
    {
        Close(fork, how);
        Forget(fork);
        _leases.EndAll(Keeper.Token(fork.Token));
    }

    private void Close(Fork fork, ForkEnd how)
    {
        Open--;
        if (--_openOf[fork.Parent] == 0) _openOf.Remove(fork.Parent);
        if (fork.Child is { } child) _openByChild.Remove(child);
        _ended.Add(new EndedFork(fork.Token, fork.Parent, fork.Child, how));
    }

    private void Forget(Fork fork)
    {
        _forks.Remove(fork.Token);
        _due.Remove((fork.Due, fork.Token.Value));
    }

    private sealed class Fork(ForkToken token, HolderId parent, long childNumber, TimeSpan due)
    {
        public ForkToken Token { get; } = token;

        public HolderId Parent { get; } = parent;

        public long ChildNumber { get; } = childNumber;

        public TimeSpan Due { get; } = due;

        /// <summary>The child, once its parent or it itself has said who it is.</summary>
        public HolderId? Child { get; set; }

        /// <summary>True once the child has its leases. Remembered until the time is over, so that a repeated claim gets the same answer.</summary>
        public bool IsClaimed { get; set; }

        public bool CanBe(HolderId child) => child.ProcessNumber == ChildNumber && (Child is null || Child == child);
    }
}
