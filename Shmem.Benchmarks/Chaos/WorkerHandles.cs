namespace Shmem.Benchmarks.Chaos;

/// <summary>Whether living workers have more and more open, from audit to audit. Of segments <see cref="SegmentAudit"/> knows more.</summary>
[System.Runtime.Versioning.SupportedOSPlatform("linux")]
internal sealed class WorkerHandles
{
    private Dictionary<int, OpenHandles> _first = [];

    /// <summary>What is too much, one line each. Workers come and go while one looks: only what stays is a fault.</summary>
    /// <param name="workers">Those that live, by pid.</param>
    public IReadOnlyList<string> Faults(IReadOnlyDictionary<int, OpenHandles> workers)
    {
        _first = workers.ToDictionary(worker => worker.Key, worker => _first.GetValueOrDefault(worker.Key, worker.Value));
        return [.. workers.SelectMany(worker => worker.Value.GrownSince(_first[worker.Key], ChaosRun.Slack).Select(fault => $"worker {worker.Key}'s {fault}"))];
    }
}
