using System.Runtime.Versioning;
using System.Security.Cryptography;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Memfd;
using Shmem.Sample.Fuzzer.Findings;

namespace Shmem.Benchmarks.Chaos;

/// <summary>A log of this process in two segments, which says of a finding and of an entry that they are on disk, and of another entry that it is not. None is.</summary>
[SupportedOSPlatform("linux")]
internal sealed class UnwrittenLog : IDisposable
{
    private static readonly MemfdShMemProvider Provider = new();

    private readonly ShMem _first = Provider.Create(CorpusLog.SmallestSegment);
    private readonly ShMem _next = Provider.Create(CorpusLog.SmallestSegment);

    public UnwrittenLog()
    {
        // Of a size that leaves no room for the entries in the first segment.
        byte[] finding = RandomNumberGenerator.GetBytes(3000), entry = RandomNumberGenerator.GetBytes(1000), other = RandomNumberGenerator.GetBytes(1000);
        var details = new Finding { Kind = FindingKind.Exception, Key = "exception Nowhere.Saved", Source = new FindingSource(0, 0, 0) }.ToJson();
        using (var writer = CorpusLogWriter.Create(_first, slot: 0))
        {
            writer.SetNext(_next);
            writer.Append(RecordKind.Finding, finding, details, default);
            writer.Append(RecordKind.Entry, entry, default, default);
            writer.Append(RecordKind.Entry, other, default, default);
            if (writer.Segment != 1) throw new InvalidOperationException($"the log ends in segment {writer.Segment}");
        }

        using var reader = new CorpusLogReader(_first, segment => Provider.Open(segment));
        for (var i = 0; i < 2 && reader.TryRead(out var record); i++) record.MarkPersisted();
        Acknowledged = [ContentHash.Of(finding), ContentHash.Of(entry)];
    }

    /// <summary>The hashes of what is said to be on disk.</summary>
    public IReadOnlyList<string> Acknowledged { get; }

    public void Dispose()
    {
        _first.Dispose();
        _next.Dispose();
    }
}
