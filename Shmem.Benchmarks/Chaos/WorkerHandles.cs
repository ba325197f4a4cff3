namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// What living workers have open beside what they should. All segments of a campaign are the broker's, so a worker maps none that the broker has not, or has let go; and what
/// else it has does not become more from audit to audit.
/// </summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class WorkerHandles
{
    private Dictionary<int, OpenHandles> _first = [];

    /// <summary>What is too much, one line each. Workers come and go while one looks: only what stays is a fault.</summary>
    /// <param name="workers">The pids of those that live.</param>
    /// <param name="broker">What the broker has.</param>
    public IReadOnlyList<string> Faults(IEnumerable<int> workers, OpenHandles broker)
    {
        var now = workers.ToDictionary(pid => pid, OpenHandles.Of);
        _first = now.ToDictionary(worker => worker.Key, worker => _first.GetValueOrDefault(worker.Key, worker.Value));
        return [.. now.SelectMany(worker => Faults(worker.Value, _first[worker.Key], broker).Select(fault => $"worker {worker.Key}'s {fault}"))];
    }

    /// <summary>Those of one process.</summary>
    public static IEnumerable<string> Faults(OpenHandles worker, OpenHandles first, OpenHandles broker)
    {
        var strangers = worker.Segments.Except(broker.Segments).Order(StringComparer.Ordinal).ToList();
        if (strangers.Count > 0) yield return $"segments that the broker has not: {string.Join(", ", strangers)}";
        // Segments come, as logs grow. What may be is a few views and a descriptor of each.
        var most = OpenHandles.MostViews * worker.Segments.Count + ChaosRun.Slack;
        foreach (var kind in OpenHandles.OfSegments)
            if (worker[kind] > most) yield return $"{kind}: {worker[kind]}, for {worker.Segments.Count} segments";
        foreach (var grown in worker.GrownSince(first, ChaosRun.Slack))
            if (!OpenHandles.OfSegments.Any(kind => grown.StartsWith(kind, StringComparison.Ordinal))) yield return grown;
    }
}
