using System.Globalization;

namespace Shmem.Benchmarks.Chaos;

/// <summary>
/// Everything that a campaign's disk and output have acknowledged, remembered outside of it: the saved inputs that had their names, with their bytes' hashes, the lines of
/// <c>findings.jsonl</c>, and what the output claimed. Later all of it must still be there, the same. What its logs say is <see cref="AcknowledgedRecords"/>'.
/// </summary>
internal sealed class AcknowledgedFiles(string output)
{
    private static readonly string[] Rooms = ["queue", "crashes", "hangs", "unreproduced"];

    private readonly Dictionary<string, string> _hashes = new(StringComparer.Ordinal);
    private readonly HashSet<string> _findings = new(StringComparer.Ordinal);
    private readonly HashSet<string> _announced = new(StringComparer.Ordinal);
    private int _claimed;

    /// <summary>Of each room, how many.</summary>
    public string Summary => string.Join(", ", Rooms.Select(room => $"{_hashes.Keys.Count(file => file.StartsWith(room + "/", StringComparison.Ordinal))} in {room}/"))
        + $", {_findings.Count} findings told";

    /// <summary>What is known in a room.</summary>
    public IEnumerable<string> In(string room) => _hashes.Keys.Where(file => file.StartsWith(room + "/", StringComparison.Ordinal));

    /// <summary>Takes up what has appeared since the last time.</summary>
    public void Look()
    {
        foreach (var room in Rooms)
        {
            if (!Directory.Exists(Path.Combine(output, room))) continue;
            foreach (var path in Directory.EnumerateFiles(Path.Combine(output, room), "id*"))
            {
                var file = Path.GetRelativePath(output, path);
                if (!_hashes.ContainsKey(file)) _hashes[file] = ContentHash.OfFile(path);
            }
        }

        foreach (var line in Findings()) _findings.Add(line);
    }

    /// <summary>Takes up a line of the fuzzer's plain output: the entries that it counts are acknowledged, and so is a finding that it names.</summary>
    public void Hear(string line)
    {
        const string Corpus = " corpus=", File = " file=";
        lock (_announced)
        {
            if (line.StartsWith("finding ", StringComparison.Ordinal) && line.IndexOf(File, StringComparison.Ordinal) is var at and >= 0)
                _announced.Add(line[(at + File.Length)..]);
            if (line.StartsWith("time=", StringComparison.Ordinal) && line.IndexOf(Corpus, StringComparison.Ordinal) is var count and >= 0)
                _claimed = Math.Max(_claimed, int.Parse(line.AsSpan(count + Corpus.Length).Slice(0, line.AsSpan(count + Corpus.Length).IndexOf(' ')), CultureInfo.InvariantCulture));
        }
    }

    /// <summary>What is not there any more, or not the same; one line each.</summary>
    public IReadOnlyList<string> Lost()
    {
        var lost = new List<string>();
        foreach (var (file, hash) in _hashes)
        {
            var path = Path.Combine(output, file);
            if (!File.Exists(path)) lost.Add($"acknowledged and lost: {file}");
            else if (ContentHash.OfFile(path) != hash) lost.Add($"acknowledged and changed: {file}");
        }

        lost.AddRange(_findings.Except(Findings()).Select(line => $"lost from findings.jsonl: {line}"));
        lock (_announced)
        {
            lost.AddRange(_announced.Where(file => !File.Exists(Path.Combine(output, file))).Select(file => $"told of in the output and not there: {file}"));
            var queue = Directory.EnumerateFiles(Path.Combine(output, "queue"), "id*").Count();
            if (queue < _claimed) lost.Add($"the output counted {_claimed} entries, and queue/ has {queue}");
        }

        return lost;
    }

    /// <summary>The whole lines. A line that is being written, or was when the writer died, has no end yet.</summary>
    private string[] Findings()
    {
        var path = Path.Combine(output, "findings.jsonl");
        if (!File.Exists(path)) return [];
        var text = File.ReadAllText(path);
        return text[..(text.LastIndexOf('\n') + 1)].Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
