using Akka.Actor;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors;

/// <summary>
/// What the broker knows: its backends, the segments that live, who holds them. Handed to <see cref="RcShMemProviderActor"/> by its Props, so that the
/// actor's restart loses nothing. Only that actor touches it.
/// </summary>
internal sealed class BrokerState(IEnumerable<ShMemProvider> providers)
{
    private long _created;
    private long _freed;

    /// <summary>One per backend; the first is the default.</summary>
    public IReadOnlyList<OwnedSegments> Backends { get; } = [.. providers.DistinctBy(p => p.Scheme).Select(p => new OwnedSegments(p))];

    public LeaseTable Leases { get; } = new();

    /// <summary>The segments that live, each with the backend's actor that owns it.</summary>
    public Dictionary<ShMemId, (ShMemDescription Description, IActorRef Owner)> Segments { get; } = [];

    /// <summary>Requests that were refused.</summary>
    public long Refused { get; set; }

    public void Created(in ShMemDescription segment, IActorRef owner)
    {
        Segments.Add(segment.Id, (segment, owner));
        _created++;
    }

    /// <summary>The segment lives no more.</summary>
    /// <returns>Who owns it, and has to let it go.</returns>
    public IActorRef Freed(ShMemId id)
    {
        Segments.Remove(id, out var segment);
        _freed++;
        return segment.Owner;
    }

    public ShMemStatistics Statistics() => new(Segments.Count, Segments.Values.Sum(s => s.Description.Size), Leases.Leases, Leases.Holders,
        _created, _freed, Refused);
}
