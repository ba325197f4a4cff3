namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// Whether every segment of a campaign is somebody's: exact, to the last one. The broker has no segment that none of its processes maps, since a segment is made for a process, for a slot, which
/// has a worker, or for all; nobody else has one that the broker has not; and nobody has more views and descriptors of one than it needs. While one looks, processes come and go, and what
/// they need is made and let go with them; but a leak stays. So it is looked at several times, and only what was wrong each time is a fault: no segment gets the number of another.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class SegmentAudit
{
    /// <summary>The broker owns a segment by one view, works by another, and reads a log by a third.</summary>
    public const int MostViewsOfBroker = 3;

    /// <summary>A worker writes its slot's log by one view and reads it, as others', by another; what counts sees its map by a second view, too.</summary>
    public const int MostViewsOfOthers = 2;

    private HashSet<string>? _faults;

    /// <summary>What was wrong each time, one line each.</summary>
    public IReadOnlyCollection<string> Faults => _faults ?? [];

    /// <summary>Looks once more.</summary>
    /// <param name="broker">What the broker has.</param>
    /// <param name="others">What each of its processes has, by its pid.</param>
    public void Look(OpenHandles broker, IReadOnlyDictionary<int, OpenHandles> others)
    {
        var now = Of(broker, others).ToHashSet(StringComparer.Ordinal);
        if (_faults is null) _faults = now;
        else _faults.IntersectWith(now);
    }

    private static IEnumerable<string> Of(OpenHandles broker, IReadOnlyDictionary<int, OpenHandles> others)
    {
        foreach (var segment in broker.Segments)
        {
            if (!others.Values.Any(other => other.Views(segment) > 0)) yield return $"the broker's segment {segment} is nobody's";
            if (broker.Views(segment) > MostViewsOfBroker) yield return $"the broker has more than {MostViewsOfBroker} views of segment {segment}";
            // A memfd's, by which others open it; names and System V segments need none.
            if (broker.Descriptors(segment).Count > 1) yield return $"the broker has more than one descriptor of segment {segment}";
        }

        foreach (var (pid, other) in others)
        {
            foreach (var segment in other.Segments)
            {
                if (broker.Views(segment) == 0) yield return $"process {pid}'s segment {segment} is not the broker's";
                if (other.Views(segment) > MostViewsOfOthers) yield return $"process {pid} has more than {MostViewsOfOthers} views of segment {segment}";
                // It maps what it opens, and closes it.
                if (other.Descriptors(segment).Count > 0) yield return $"process {pid} has a descriptor of segment {segment}";
            }
        }
    }
}
