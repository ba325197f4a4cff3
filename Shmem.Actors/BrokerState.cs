using Akka.Actor;
using Shmem.Actors.Messages;
using Shmem.Actors.Workers;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors;

/// <summary>
/// What the broker knows: its backends, the segments that live, what keeps them. Handed to <see cref="RcShMemProviderActor"/> by its Props, so that the
/// actor's restart loses nothing. Only that actor touches it.
/// </summary>
/// <param name="providers">The backends; of two with the same scheme the first counts.</param>
/// <param name="time">The clock of the time limits; null for the system's.</param>
/// <param name="watch">Ends when the operating system has said that a process is gone; null for <see cref="ProcessDeath.Of"/>.</param>
/// <param name="ledger">The ledger; null for a new one.</param>
internal sealed class BrokerState(
    IEnumerable<ShMemProvider> providers, TimeProvider? time = null, Func<HolderId, Task>? watch = null, LifetimeLedger? ledger = null)
{
    private readonly TimeProvider _time = time ?? TimeProvider.System;
    private readonly long _start = (time ?? TimeProvider.System).GetTimestamp();
    private readonly Func<HolderId, Task> _watch = watch ?? ProcessDeath.Of;
    private readonly HashSet<HolderId> _watched = [];
    private long _created;
    private long _freed;

    /// <summary>One per backend; the first is the default.</summary>
    public IReadOnlyList<OwnedSegments> Backends { get; } = [.. providers.DistinctBy(p => p.Scheme).Select(p => new OwnedSegments(p))];

    /// <summary>Its tokens begin somewhere: one of another campaign is hardly ever one of ours.</summary>
    public LifetimeLedger Ledger { get; } = ledger ?? new LifetimeLedger(Random.Shared.NextInt64(1, 1L << 52));

    public LeaseTable Leases => Ledger.Leases;

    /// <summary>Time since the start.</summary>
    public TimeSpan Now => _time.GetElapsedTime(_start);

    /// <summary>The segments that live, each with the backend's actor that owns it.</summary>
    public Dictionary<ShMemId, (ShMemDescription Description, IActorRef Owner)> Segments { get; } = [];

    /// <summary>The native fork servers among the holders.</summary>
    public ForkServers Servers { get; } = new(watch ?? ProcessDeath.Of);

    /// <summary>Requests that were refused.</summary>
    public long Refused { get; set; }

    public void Created(in ShMemDescription segment, IActorRef owner)
    {
        Segments.Add(segment.Id, (segment, owner));
        _created++;
    }

    /// <summary>The segment lives no more.</summary>
    /// <returns>Who owns it, and has to let it go; null where a bug has lost it.</returns>
    public IActorRef? Freed(ShMemId id)
    {
        if (!Segments.Remove(id, out var segment)) return null;
        _freed++;
        return segment.Owner;
    }

    /// <summary>A child claims its fork, and where it is a fork server, we keep a view of the word that names its last child.</summary>
    /// <exception cref="ShMemException">There is no such word; nothing has changed.</exception>
    public LeaseOutcome Claim(ClaimFork claim)
    {
        var lastChild = claim.LastChild.IsEmpty ? null : OpenLastChild(claim.LastChild);
        var outcome = Ledger.Forks.Claim(claim.Token, claim.Child);
        if (outcome != LeaseOutcome.Done) lastChild?.Dispose();
        else if (lastChild is not null) Servers.Add(claim.Child, lastChild);
        return outcome;
    }

    /// <summary>Watches for the death of a process that we did not start.</summary>
    /// <returns>Null where it is watched already.</returns>
    public Task? Watch(HolderId process) => _watched.Add(process) ? _watch(process) : null;

    /// <summary>The process is gone.</summary>
    public void Gone(HolderId process)
    {
        _watched.Remove(process);
        Servers.Remove(process);
        Ledger.HolderGone(process, Now);
    }

    public ShMemStatistics Statistics() => new(Segments.Count, Segments.Values.Sum(s => s.Description.Size), Leases.Leases, Leases.Holders,
        _created, _freed, Refused, Ledger.Forks.Open, Ledger.Restarts.Reserved);

    private ShMem OpenLastChild(ShMemId id)
    {
        var operation = $"open {id} as a fork server's last child";
        if (!Segments.TryGetValue(id, out var segment)) throw LeaseRefusal.Of(LeaseOutcome.NoSuchSegment, operation);
        if (segment.Description.Size < ForkServerChild.Size)
            throw new ShMemException(ShMemError.Invalid, operation, $"it has {segment.Description.Size} bytes", $"Give one of {ForkServerChild.Size} or more.");
        return Backends.Single(backend => backend.Scheme == segment.Owner.Path.Name).Open(segment.Description);
    }
}
