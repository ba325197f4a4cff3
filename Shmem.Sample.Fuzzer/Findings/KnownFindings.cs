using System.Collections.Concurrent;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>The keys that a campaign has saved. Thread-safe.</summary>
/// <param name="saved">The keys that a campaign which goes on has saved before.</param>
internal sealed class KnownFindings(params IEnumerable<string> saved)
{
    private readonly ConcurrentDictionary<string, bool> _keys = new(saved.Distinct().Select(key => KeyValuePair.Create(key, true)), StringComparer.Ordinal);

    /// <summary>True for exactly one caller per key.</summary>
    public bool TryAdd(Finding finding) => _keys.TryAdd(finding.Key, true);

    /// <summary>Whether the key is saved already.</summary>
    public bool Contains(FindingKey key) => _keys.ContainsKey(key.Text);

    /// <inheritdoc cref="Contains(FindingKey)"/>
    public bool Contains(Finding finding) => _keys.ContainsKey(finding.Key);
}
