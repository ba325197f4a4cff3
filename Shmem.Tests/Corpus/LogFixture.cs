using Shmem.Backends;
using Shmem.Backends.Corpus;

namespace Shmem.Tests.Corpus;

/// <summary>A slot's log in the segments of a provider, given to the writer as a broker does.</summary>
internal sealed class LogFixture(ShMemProvider provider, long segmentSize = CorpusLog.SmallestSegment) : IDisposable
{
    private readonly List<ShMem> _segments = [provider.Create(segmentSize)];

    public IReadOnlyList<ShMem> Segments => _segments;

    public ShMem First => _segments[0];

    public ShMem Last => _segments[^1];

    public ShMem NewSegment()
    {
        _segments.Add(provider.Create(segmentSize));
        return Last;
    }

    public ShMem Open(ShMemDescription description) => provider.Open(description);

    public CorpusLogReader Reader() => new(First, Open);

    public CorpusLogWriter Writer(int generation) => CorpusLogWriter.Open(First, generation, Open);

    /// <summary>Everything that is committed, as a reader from the beginning finds it.</summary>
    public List<(RecordKind Kind, CorpusAddress Address, byte[] Payload, byte[] Details)> ReadAll()
    {
        using var reader = Reader();
        var all = new List<(RecordKind, CorpusAddress, byte[], byte[])>();
        while (reader.TryRead(out var record)) all.Add((record.Kind, record.Address, record.Payload.ToArray(), record.Details.ToArray()));
        return all;
    }

    public void Dispose()
    {
        foreach (var segment in _segments) segment.Dispose();
    }
}
