using Shmem.Sample.Fuzzer.Findings;
using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// What a campaign's output now says of findings. One is settled where its input is saved, as a crash, a hang or unreproduced, or where its key has an input saved already, so that it was only
/// counted.
/// </summary>
internal sealed class SettledFindings
{
    private readonly HashSet<string> _inputs;
    private readonly HashSet<string> _keys = new(StringComparer.Ordinal);
    private readonly HashSet<string> _exceptions = new(StringComparer.Ordinal);

    public SettledFindings(string output)
    {
        _inputs = ContentHash.OfInputs(output, "crashes", "hangs", "unreproduced");
        foreach (var line in new FindingsFile(Path.Combine(output, "findings.jsonl")).ReadAll())
        {
            _keys.Add(line.Key);
            if (line.Exception is { } type) _exceptions.Add(type);
        }
    }

    public bool Has(AcknowledgedRecord record)
    {
        if (_inputs.Contains(record.Hash)) return true;
        // Whose details cannot be read is not acknowledged, and MissingDependency is told and nowhere saved.
        if (record.Finding is not { } finding) return false;
        return finding.Kind switch
        {
            FindingKind.MissingDependency => true,
            FindingKind.OutOfMemory => KeysOfMemory(finding).Any(_keys.Contains),
            // A young process inlines less, so that the saved one may have the key of another frame. No file says which that was, only that the exception is the same.
            _ => _keys.Contains(finding.Key) || (finding.ExceptionType is { } type && _exceptions.Contains(type)),
        };
    }

    /// <summary>Where memory ran out, the key is that of a frame which the stack under another limit shares.</summary>
    private static IEnumerable<string> KeysOfMemory(Finding finding) =>
        [finding.Key, FindingKey.OfOutOfMemory(finding.Frames, []).Text, .. finding.Frames.Select(frame => FindingKey.OfOutOfMemory(finding.Frames, [frame]).Text)];
}
