namespace Shmem.Backends.Lifetime;

/// <summary>
/// Who keeps which segment alive, and until when: leases, forks and restarts as one. The same for every host: the wrapper in one process, the service
/// and the actor. The host passes in the time and the operating system's reports, and frees what <see cref="LeaseTable.TakeFreed"/> tells. Not thread-safe.
/// </summary>
/// <param name="firstToken">The first fork's token. A host whose clients can outlive it begins elsewhere each time.</param>
/// <param name="mostOpenForks">How many open forks a process may have.</param>
internal sealed class LifetimeLedger(long firstToken = 1, int mostOpenForks = ForkLedger.MostOpen)
{
    public LeaseTable Leases { get; } = new();

    public ForkLedger Forks => field ??= new ForkLedger(Leases, firstToken, mostOpenForks);

    public RestartLedger Restarts => field ??= new RestartLedger(Leases);

    /// <summary>When <see cref="Expire"/> has something to do next; null for never.</summary>
    public TimeSpan? NextDue => (Forks.NextDue, Restarts.NextDue) switch
    {
        ({ } fork, { } restart) => fork < restart ? fork : restart,
        var (fork, restart) => fork ?? restart,
    };

    /// <summary>The operating system has said that the process is gone. Nothing else ends a process's leases.</summary>
    public void HolderGone(HolderId holder, TimeSpan now)
    {
        Forks.HolderGone(holder);
        Restarts.HolderGone(holder, now);
        Leases.HolderGone(holder, now);
    }

    /// <summary>Ends the tokens and reservations whose time is over.</summary>
    public void Expire(TimeSpan now)
    {
        Forks.Expire(now);
        Restarts.Expire(now);
    }
}
