namespace Shmem.Backends.Lifetime;

// What is said of other processes: forks, restarts, leases and deaths.
public sealed partial class RcShMemProvider
{
    /// <summary>Announces a child before it exists: what its parent holds now is kept for it.</summary>
    /// <param name="limit">How long it is kept unclaimed: 30 s to 1 h.</param>
    /// <param name="parent">Who starts it; null for this process. A child that has claimed may start children, too.</param>
    /// <exception cref="ShMemException">The limit is out of range, the parent is gone, or it has 1024 unclaimed forks.</exception>
    public PreparedFork PreFork(TimeSpan limit, HolderId? parent = null)
    {
        var prepared = default(PreparedFork);
        Change($"announce a fork of {parent ?? Self}", () => _ledger.Forks.Prepare(parent ?? Self, limit, Now, out prepared));
        return prepared;
    }

    /// <summary>The parent knows its child, which need not have claimed yet. From here on the child's death ends the fork.</summary>
    /// <param name="token">As <see cref="PreFork"/> gave it.</param>
    /// <param name="child">The child, under the process number that came with the token.</param>
    /// <param name="parent">Who announced it; null for this process.</param>
    /// <exception cref="ShMemException">The token has ended or was never given, or it is about others.</exception>
    public void PostFork(ForkToken token, HolderId child, HolderId? parent = null) =>
        Change($"report {child} for {token}", () => _ledger.Forks.Report(token, parent ?? Self, child));

    /// <summary>The child lives: what was kept for it is its own. Asking again, in time, changes nothing.</summary>
    /// <param name="token">As <see cref="PreFork"/> gave it.</param>
    /// <param name="child">The child, under the process number that came with the token.</param>
    /// <exception cref="ShMemException">The token has ended or was never given, or it is another process's.</exception>
    public void ClaimFork(ForkToken token, HolderId child) => Change($"claim {token} for {child}", () => _ledger.Forks.Claim(token, child));

    /// <summary>No child came to be.</summary>
    /// <param name="token">As <see cref="PreFork"/> gave it.</param>
    /// <param name="parent">Who announced it; null for this process.</param>
    /// <exception cref="ShMemException">The child has claimed, which was first; or the token has ended, or is another process's.</exception>
    public void AbortFork(ForkToken token, HolderId? parent = null) => Change($"abort {token}", () => _ledger.Forks.Abort(token, parent ?? Self));

    /// <summary>Keeps a segment alive for another process. Acquiring again is the same lease.</summary>
    /// <exception cref="ShMemException">There is no such segment, or the process is gone.</exception>
    public void Acquire(HolderId holder, ShMemId id) => Change($"acquire {id} for {NotSelf(holder)}", () => _ledger.Leases.Acquire(holder, id));

    /// <summary>Ends another process's lease.</summary>
    /// <exception cref="ShMemException">There is none.</exception>
    public void Release(HolderId holder, ShMemId id) => Change($"release {id} of {NotSelf(holder)}", () => _ledger.Leases.Release(holder, id));

    /// <summary>
    /// Another process means to be restarted: what it holds when it is gone is kept for its successor. It saves its state before it says so.
    /// </summary>
    /// <param name="holder">The process.</param>
    /// <param name="grace">How long, from <see cref="HolderGone"/> on; at most 1 h.</param>
    /// <exception cref="ShMemException">It is gone already, or the time is out of range.</exception>
    public void OnRestart(HolderId holder, TimeSpan grace) =>
        Change($"reserve the leases of {NotSelf(holder)}", () => _ledger.Restarts.Announce(holder, grace));

    /// <summary>A process goes on in another one's place, and holds what that left. The old leases stay until <see cref="AcknowledgeRestart"/>.</summary>
    /// <exception cref="ShMemException">Nothing is reserved, or another process has succeeded it.</exception>
    public void Succeed(HolderId predecessor, HolderId successor) =>
        Change($"succeed {predecessor} by {NotSelf(successor)}", () => _ledger.Restarts.Succeed(predecessor, successor));

    /// <summary>The successor has opened what it needs: the old leases end.</summary>
    /// <exception cref="ShMemException">Nothing is reserved, or another process has succeeded it.</exception>
    public void AcknowledgeRestart(HolderId predecessor, HolderId successor) =>
        Change($"acknowledge {predecessor} by {successor}", () => _ledger.Restarts.Acknowledge(predecessor, successor));

    /// <summary>The operating system has said that a process is gone: its leases end, except what it reserved for a successor.</summary>
    public void HolderGone(HolderId holder)
    {
        NotSelf(holder);
        Change("", () =>
        {
            _ledger.HolderGone(holder, Now);
            return LeaseOutcome.Done;
        });
    }

    private HolderId NotSelf(HolderId holder) => holder != Self
        ? holder
        : throw new ArgumentException("This process holds a segment by its views: create, open, clone and dispose them.", nameof(holder));

    private void Change(string operation, Func<LeaseOutcome> change)
    {
        LeaseOutcome outcome;
        List<ShMem> freed;
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            outcome = change();
            freed = Settle();
        }

        End(freed);
        if (LeaseRefusal.IsRefusal(outcome)) throw LeaseRefusal.Of(outcome, operation);
    }
}
