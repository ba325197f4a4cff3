using System.Collections.Immutable;

namespace Shmem.Actors.Messages;

/// <summary>The answer to <see cref="JoinCampaign"/>: the first segments that there are. The others, and later ones, come as <see cref="SegmentAnnounced"/>.</summary>
/// <param name="Segments">As many as fit a message, 64 KiB.</param>
public sealed record CampaignJoined(ImmutableArray<NamedSegment> Segments) : ICampaignMessage
{
    /// <summary>True when both list the same segments in the same order.</summary>
    public bool Equals(CampaignJoined? other) => other is not null && Segments.AsSpan().SequenceEqual(other.Segments.AsSpan());

    /// <inheritdoc/>
    public override int GetHashCode() => Segments.IsDefaultOrEmpty ? 0 : HashCode.Combine(Segments.Length, Segments[0]);
}
