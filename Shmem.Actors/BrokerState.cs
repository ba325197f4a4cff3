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

    /// <summary>The segments that live, by their id.</summary>
    public Dictionary<ShMemId, ShMemDescription> Segments { get; } = [];

    /// <summary>Requests that were refused.</summary>
    public long Refused { get; set; }

    public void Created(in ShMemDescription segment)
    {
        Segments.Add(segment.Id, segment);
        _created++;
    }

    public void Freed(ShMemId id)
    {
        Segments.Remove(id);
        _freed++;
    }

    public ShMemStatistics Statistics() => new(Segments.Count, Segments.Values.Sum(s => s.Size), Leases.Leases, Leases.Holders,
        _created, _freed, Refused);
}
