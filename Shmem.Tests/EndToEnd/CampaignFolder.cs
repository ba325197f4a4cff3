using Shmem.Sample.Fuzzer.Output;

namespace Shmem.Tests.EndToEnd;

/// <summary>A temporary folder for a campaign, removed with the test.</summary>
internal sealed class CampaignFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("shmem-e2e-").FullName;

    /// <summary>Where the campaign's output goes.</summary>
    public string Out => Path.Combine(Root, "out");

    /// <summary>The files of a room, in order; not what a killed process has left half written under a temporary name.</summary>
    public IReadOnlyList<string> Saved(string room)
    {
        var path = Path.Combine(Out, room);
        if (!Directory.Exists(path)) return [];
        var files = Directory.EnumerateFiles(path).Where(file => !Path.GetFileName(file).StartsWith(WholeFile.TemporaryPrefix, StringComparison.Ordinal));
        return [.. files.Order(StringComparer.Ordinal)];
    }

    /// <summary>A file beside the output: a seed, or an input.</summary>
    public string Write(string name, ReadOnlySpan<byte> bytes)
    {
        var path = Path.Combine(Root, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    /// <summary><c>findings.jsonl</c>.</summary>
    public IReadOnlyList<FindingRecord> Findings() => new FindingsFile(Path.Combine(Out, "findings.jsonl")).ReadAll();

    /// <summary><c>fuzzer_stats</c>.</summary>
    public IReadOnlyDictionary<string, string> Stats() => File.ReadLines(Path.Combine(Out, "fuzzer_stats"))
        .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());

    /// <summary>Waits until the log of the campaign that the fuzzer runs here has so many lines with these words.</summary>
    public async Task UntilLogged(FuzzerProcess fuzzer, string words, int times)
    {
        var path = Path.Combine(Out, "log", "shmem.log");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        while (true)
        {
            var isLast = fuzzer.HasEnded || clock.Elapsed > FuzzerProcess.Limit;
            var log = File.Exists(path) ? File.ReadAllLines(path) : [];
            if (log.Count(line => line.Contains(words, StringComparison.Ordinal)) >= times) return;
            if (isLast) throw new InvalidOperationException($"It did not come to that: {string.Join('\n', log)}");
            await Task.Delay(50);
        }
    }

    /// <summary>Every process that was started to work in this folder, at any remove: all have it in their environment. Those that are ending get their time.</summary>
    public IReadOnlyList<string> Processes()
    {
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var found = Running();
        for (; found.Count > 0 && clock.Elapsed < ProcessTree.Patience; found = Running()) Thread.Sleep(20);
        return found;
    }

    private List<string> Running()
    {
        var found = new List<string>();
        foreach (var process in Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(p[6])))
        {
            try
            {
                if (File.ReadAllText(Path.Combine(process, "environ")).Contains(Root, StringComparison.Ordinal)) found.Add(process);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Gone meanwhile, or another user's.
            }
        }

        return found;
    }

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
