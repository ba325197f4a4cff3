using System.Collections.Concurrent;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>The keys that a campaign has saved, with how often each was met. Thread-safe.</summary>
/// <param name="saved">The keys that a campaign which goes on has saved before.</param>
internal sealed class KnownFindings(params IEnumerable<string> saved)
{
    private readonly ConcurrentDictionary<string, long> _counts =
        new(saved.Distinct().Select(key => KeyValuePair.Create(key, 1L)), StringComparer.Ordinal);

    /// <summary>How many different findings there are.</summary>
    public int Total => _counts.Count;

    /// <summary>Counts the finding; true for exactly one caller per key, the one who is to save it.</summary>
    public bool TryAdd(Finding finding) => _counts.AddOrUpdate(finding.Key, 1, (_, count) => count + 1) == 1;

    /// <summary>How often the key was met; 0 where it never was.</summary>
    public long Count(FindingKey key) => _counts.GetValueOrDefault(key.Text);

    /// <summary>Whether the key is saved already.</summary>
    public bool Contains(FindingKey key) => _counts.ContainsKey(key.Text);
}
