namespace Shmem.Tests.EndToEnd;

/// <summary>A temporary folder for a campaign, removed with the test.</summary>
internal sealed class CampaignFolder : IDisposable
{
    public string Root { get; } = Directory.CreateTempSubdirectory("shmem-e2e-").FullName;

    /// <summary>Where the campaign's output goes.</summary>
    public string Out => Path.Combine(Root, "out");

    public IReadOnlyList<string> Saved(string room) =>
        Directory.Exists(Path.Combine(Out, room)) ? [.. Directory.EnumerateFiles(Path.Combine(Out, room)).Order(StringComparer.Ordinal)] : [];

    /// <summary><c>fuzzer_stats</c>.</summary>
    public IReadOnlyDictionary<string, string> Stats() => File.ReadLines(Path.Combine(Out, "fuzzer_stats"))
        .Select(line => line.Split(':', 2)).ToDictionary(pair => pair[0].Trim(), pair => pair[1].Trim());

    public void Dispose() => Directory.Delete(Root, recursive: true);
}
