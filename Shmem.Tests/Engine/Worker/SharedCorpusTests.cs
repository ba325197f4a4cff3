using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

public sealed class SharedCorpusTests
{
    private readonly HeapShMemProvider _provider = new();

    [Fact]
    public void Of_a_damaged_log_what_was_read_stays_and_the_others_are_read_on()
    {
        using var damaged = _provider.Create(1 << 16);
        using var sound = _provider.Create(1 << 16);
        using var damagedWriter = CorpusLogWriter.Create(damaged, 0);
        using var writer = CorpusLogWriter.Create(sound, 1);
        var corpus = new SharedCorpus(_provider, new Scheduler(16));
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

        Assert.Equal([1, 2, 3], Enumerable.Range(0, corpus.Count).Select(entry => corpus[entry].Payload[0]));
    }

    [Fact]
    public void A_log_whose_beginning_is_damaged_is_not_followed()
    {
        using var damaged = _provider.Create(1 << 16);
        using var sound = _provider.Create(1 << 16);
        CorpusLogWriter.Create(damaged, 0).Dispose();
        using var writer = CorpusLogWriter.Create(sound, 1);
        damaged.Ref<long>(0) = 0;
        var corpus = new SharedCorpus(_provider, new Scheduler(16));
        corpus.Follow(damaged.Description);
        corpus.Follow(sound.Description);
        Append(writer, 1);

        corpus.Drain();

        Assert.Equal(1, corpus.Count);
    }

    private static void Append(CorpusLogWriter writer, byte content) => Assert.True(writer.Append(RecordKind.Entry, [content], default, default));
}
