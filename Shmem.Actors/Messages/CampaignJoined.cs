using System.Collections.Immutable;

namespace Shmem.Actors.Messages;

/// <summary>The answer to <see cref="JoinCampaign"/>: the segments that there are. Later ones come as <see cref="SegmentAnnounced"/>.</summary>
/// <param name="Segments">At most 4096.</param>
public sealed record CampaignJoined(ImmutableArray<NamedSegment> Segments) : ICampaignMessage
{
    /// <summary>True when both list the same segments in the same order.</summary>
    public bool Equals(CampaignJoined? other) => other is not null && Segments.AsSpan().SequenceEqual(other.Segments.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Segments.IsDefaultOrEmpty ? 0 : HashCode.Combine(Segments.Length, Segments[0]);
}
