using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Tests.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

public sealed class SharedCorpusTests
{
    private readonly ShortProvider _provider = new();
    private long _now;

    [Fact]
    public void Of_a_damaged_log_what_was_read_stays_and_the_others_are_read_on()
    {
        using var damaged = _provider.Create(1 << 16);
        using var sound = _provider.Create(1 << 16);
        using var damagedWriter = CorpusLogWriter.Create(damaged, 0);
        using var writer = CorpusLogWriter.Create(sound, 1);
        var corpus = NewCorpus();
        corpus.Follow(damaged.Description);
        corpus.Follow(sound.Description);
        Append(damagedWriter, 1);
        corpus.Drain();
        damaged.Ref<long>(LogSegment.TailOffset) = -1;

        Append(writer, 2);
        corpus.Drain();
        // Told of again, it is still the same one.
        corpus.Follow(damaged.Description);
        Append(writer, 3);
        corpus.Drain();

        Assert.Equal([1, 2, 3], Contents(corpus));
    }

    [Fact]
    public void A_log_whose_beginning_is_damaged_is_not_followed()
    {
        using var damaged = _provider.Create(1 << 16);
        using var sound = _provider.Create(1 << 16);
        CorpusLogWriter.Create(damaged, 0).Dispose();
        using var writer = CorpusLogWriter.Create(sound, 1);
        damaged.Ref<long>(0) = 0;
        var corpus = NewCorpus();
        corpus.Follow(damaged.Description);
        corpus.Follow(sound.Description);
        Append(writer, 1);

        corpus.Drain();

        Assert.Equal(1, corpus.Count);
    }

    [Fact]
    public void A_log_that_cannot_be_opened_for_now_is_followed_when_it_can_be_and_once()
    {
        using var first = _provider.Create(1 << 16);
        using var second = _provider.Create(1 << 16);
        using var firstWriter = CorpusLogWriter.Create(first, 0);
        using var secondWriter = CorpusLogWriter.Create(second, 1);
        Append(firstWriter, 1);
        Append(secondWriter, 2);
        var corpus = NewCorpus();
        _provider.IsShort = true;

        for (var told = 0; told < 2; told++)
        {
            corpus.Follow(first.Description);
            corpus.Follow(second.Description);
        }

        Assert.Equal(0, Allocations.OfRounds(corpus.Drain));
        Assert.Equal((0, 1), (corpus.Count, _provider.Refused));
        _now += WorkerSegments.RetryMilliseconds;
        corpus.Drain();
        Assert.Equal((0, 2), (corpus.Count, _provider.Refused));

        _provider.IsShort = false;
        corpus.Drain();
        Assert.Equal(0, corpus.Count);
        _now += WorkerSegments.RetryMilliseconds;
        corpus.Drain();
        corpus.Follow(first.Description);
        corpus.Drain();
        Assert.Equal([1, 2], Contents(corpus));
    }

    [Fact]
    public void A_log_whose_next_segment_cannot_be_opened_for_now_is_read_on_when_it_can_be_and_the_others_meanwhile()
    {
        using var first = _provider.Create(CorpusLog.SmallestSegment);
        using var next = _provider.Create(CorpusLog.SmallestSegment);
        using var other = _provider.Create(1 << 16);
        using var writer = CorpusLogWriter.Create(first, 0);
        using var otherWriter = CorpusLogWriter.Create(other, 1);
        var corpus = NewCorpus();
        corpus.Follow(first.Description);
        corpus.Follow(other.Description);
        Append(writer, 1, length: 3000);
        writer.SetNext(next);
        Append(writer, 2, length: 3000);
        Append(otherWriter, 3);
        Assert.Equal(1, writer.Segment);
        _provider.IsShort = true;

        corpus.Drain();
        Assert.Equal([1, 3], Contents(corpus));
        Assert.Equal(0, Allocations.OfRounds(corpus.Drain));
        Append(otherWriter, 4);
        _now += WorkerSegments.RetryMilliseconds;
        corpus.Drain();
        Assert.Equal([1, 3, 4], Contents(corpus));
        Assert.Equal(2, _provider.Refused);

        _provider.IsShort = false;
        _now += WorkerSegments.RetryMilliseconds;
        for (var drain = 0; drain < 3; drain++) corpus.Drain();
        Assert.Equal([1, 3, 4, 2], Contents(corpus));
    }

    private SharedCorpus NewCorpus() => new(new WorkerSegments(_provider, () => _now, () => _now += WorkerSegments.RetryMilliseconds), new Scheduler(16));

    private static IEnumerable<byte> Contents(SharedCorpus corpus) => Enumerable.Range(0, corpus.Count).Select(entry => corpus[entry].Payload[0]);

    private static void Append(CorpusLogWriter writer, byte content, int length = 1)
    {
        var payload = new byte[length];
        payload[0] = content;
        Assert.True(writer.Append(RecordKind.Entry, payload, default, default));
    }
}
