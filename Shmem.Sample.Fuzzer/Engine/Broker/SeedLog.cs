using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Engine.Worker;

namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>
/// The log of the seeds, in which the dry run answers each of them: an entry that every worker reads, or what it threw. It has room for all seeds; where many throw, whose
/// details are longer than they, it goes on in further segments. These are the broker's views, without which nobody could open the segments.
/// </summary>
internal sealed class SeedLog : IDisposable
{
    /// <summary>Holds an answer of any length. Each segment that is not enough is followed by one twice as large, up to 64 MiB.</summary>
    private const long NextSegment = 2 << 20;

    private const int MostDoublings = 5;

    private const string Purpose = "log of the seeds";

    private readonly ISegmentSource _segments;
    private readonly List<ShMem> _log;

    private SeedLog(ISegmentSource segments, ShMem first) => (_segments, _log) = (segments, [first]);

    /// <summary>The first segment, from which everybody reads it.</summary>
    public ShMem First => _log[0];

    /// <exception cref="ShMemException">The segment is refused.</exception>
    public static async Task<SeedLog> CreateAsync(ISegmentSource segments, IReadOnlyList<TrialSeed> seeds)
    {
        var first = await segments.CreateAsync(VerdictRunner.RoomFor(seeds.Count, seeds.Sum(seed => (long)seed.Bytes.Length)), Purpose).ConfigureAwait(false);
        CorpusLogWriter.Create(first, SegmentNames.SeedSlot).Dispose();
        return new SeedLog(segments, first);
    }

    /// <summary>A segment to go on in, for the next writer: there was no room for what the last one wanted to write.</summary>
    /// <exception cref="ShMemException">The segment is refused.</exception>
    public async Task<ShMemDescription> GrowAsync()
    {
        _log.Add(await _segments.CreateAsync(NextSegment << Math.Min(_log.Count - 1, MostDoublings), Purpose).ConfigureAwait(false));
        return _log[^1].Description;
    }

    /// <summary>Finishes the claim of a writer that is dead.</summary>
    /// <exception cref="ShMemException">The log is damaged, or a segment of it cannot be opened.</exception>
    public RecoverResult Recover() => CorpusLog.Recover(First, _segments.Open);

    public void Dispose()
    {
        foreach (var segment in _log) segment.Dispose();
    }
}
