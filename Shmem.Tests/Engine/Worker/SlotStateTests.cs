using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Slots;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Sample.Fuzzer.Mutators;
using Shmem.Tests.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

/// <summary>What one generation of a slot hands on to the next.</summary>
public sealed class SlotStateTests : IDisposable
{
    private const int MapLength = 16;

    /// <summary>Entries whose state fits an area.</summary>
    private const int Fitting = 4;

    private readonly ShortProvider _provider = new();
    private readonly ShMem _log;
    private readonly ShMem _checkpoint;
    private readonly CorpusLogWriter _writer;
    private long _now;

    public SlotStateTests()
    {
        _log = _provider.Create(1 << 16);
        _writer = CorpusLogWriter.Create(_log, slot: 3);
        _checkpoint = _provider.Create(SlotCheckpoint.SizeFor(SlotState.SizeFor(Fitting)));
        SlotCheckpoint.Create(_checkpoint, SlotState.SizeFor(Fitting)).Dispose();
    }

    public void Dispose()
    {
        _writer.Dispose();
        _log.Dispose();
        _checkpoint.Dispose();
    }

    [Fact]
    public void The_first_generation_finds_nothing()
    {
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        var (corpus, _) = NewWorker();
        Assert.Null(NewState(checkpoint).Restore(corpus, 0));
    }

    [Fact]
    public void The_next_generation_knows_what_the_dead_one_knew_also_of_entries_that_it_reads_later()
    {
        for (var i = 0; i < 3; i++) Append(i);
        var (corpus, scheduler) = NewWorker();
        corpus.Drain();
        Learn(scheduler, 0, picks: 5);
        scheduler.ChildKilled(1);
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        NewState(checkpoint).Save(corpus, scheduler, new Rng(1));

        var (next, nextScheduler) = NewWorker();
        Assert.NotNull(NewState(checkpoint).Restore(next, 1));
        next.Drain();
        Assert.Equal(3, next.Count);
        Assert.All(Enumerable.Range(0, 3), entry => Assert.Equal(scheduler.MemoryOf(entry), nextScheduler.MemoryOf(entry)));
    }

    // Who joins while a log is announced is told of it twice.
    [Fact]
    public void A_log_that_is_told_of_twice_has_its_entries_once_and_what_was_known_of_them_stays_known()
    {
        Append(0);
        var (corpus, scheduler) = NewWorker();
        corpus.Follow(_log.Description);
        corpus.Drain();
        corpus.Drain();
        Assert.Equal(1, corpus.Count);
        Learn(scheduler, 0, picks: 5);
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        NewState(checkpoint).Save(corpus, scheduler, new Rng(1));

        var (next, nextScheduler) = NewWorker();
        next.Follow(_log.Description);
        Assert.NotNull(NewState(checkpoint).Restore(next, 1));
        next.Drain();
        Assert.Equal((1, scheduler.MemoryOf(0)), (next.Count, nextScheduler.MemoryOf(0)));
    }

    [Fact]
    public void A_kill_is_taken_up_once_over_all_generations()
    {
        Append(0);
        var (corpus, scheduler) = NewWorker();
        corpus.Drain();
        corpus[0].AddKill();
        Assert.Equal(1, corpus.TakeKills(0));
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        NewState(checkpoint).Save(corpus, scheduler, new Rng(1));
        // This one the dead worker did not live to see.
        corpus[0].AddKill();

        var (next, _) = NewWorker();
        NewState(checkpoint).Restore(next, 1);
        next.Drain();
        Assert.Equal(1, next.TakeKills(0));
        Assert.Equal(0, next.TakeKills(0));
    }

    [Fact]
    public void Each_generation_goes_on_with_random_numbers_of_its_own_which_the_seed_decides()
    {
        var (corpus, scheduler) = NewWorker();
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        NewState(checkpoint).Save(corpus, scheduler, new Rng(1));
        ulong[] numbers = [FirstOf(1), FirstOf(2), FirstOf(3), new Rng(1).Next()];
        Assert.Equal(numbers[0], FirstOf(1));
        Assert.Distinct(numbers);

        ulong FirstOf(int generation)
        {
            var rng = NewState(checkpoint).Restore(corpus, generation)!.Value;
            return rng.Next();
        }
    }

    [Fact]
    public void A_corpus_larger_than_the_checkpoint_goes_into_segments_that_are_asked_for_once_for_each_area()
    {
        for (var i = 0; i < 6; i++) Append(i);
        var (corpus, scheduler) = NewWorker();
        corpus.Drain();
        for (var entry = 0; entry < 6; entry++) scheduler.ChildKilled(entry);
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        var segments = new List<ShMem>();
        var asked = new List<int>();
        var state = NewGrantedState(checkpoint, segments, asked);
        for (var save = 0; save < 6; save++) state.Save(corpus, scheduler, new Rng(1));
        Assert.Equal([0, 1], asked.Order());

        var (next, nextScheduler) = NewWorker();
        NewState(checkpoint).Restore(next, 1);
        next.Drain();
        Assert.All(Enumerable.Range(0, 6), entry => Assert.True(nextScheduler.MemoryOf(entry).Shun > 0));
        foreach (var segment in segments) segment.Dispose();
    }

    [Fact]
    public void A_segment_whose_answer_does_not_come_is_asked_for_again_and_of_two_answers_each_is_taken()
    {
        for (var i = 0; i < 6; i++) Append(i);
        var (corpus, scheduler) = NewWorker();
        corpus.Drain();
        for (var entry = 0; entry < 6; entry++) scheduler.ChildKilled(entry);
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        var asked = new List<(int Area, int Size)>();
        var state = new SlotState(checkpoint, Segments(), (area, size) => asked.Add((area, size)), () => _now);
        void Save(int times)
        {
            for (var save = 0; save < times; save++) state.Save(corpus, scheduler, new Rng(1));
        }

        Save(2);
        _now = SlotState.AnswerMilliseconds - 1;
        Save(4);
        (int, int)[] once = [(0, 2 * SlotState.SizeFor(6)), (1, 2 * SlotState.SizeFor(6))];
        Assert.Equal(once, asked);

        _now++;
        // Meanwhile it has grown, and what was asked for is still enough.
        Append(6);
        corpus.Drain();
        Save(4);
        Assert.Equal([.. once, .. once], asked);

        using var first = _provider.Create(asked[0].Size);
        using var second = _provider.Create(asked[1].Size);
        foreach (var segment in (ShMem[])[first, second, first, second])
        {
            state.Grant(new CheckpointSegmentGranted(3, segment == first ? 0 : 1, segment.Description));
            Save(1);
        }

        _now += SlotState.AnswerMilliseconds;
        Save(2);
        Assert.Equal([.. once, .. once], asked);
        var (next, nextScheduler) = NewWorker();
        NewState(checkpoint).Restore(next, 1);
        next.Drain();
        Assert.Equal([true, true, true, true, true, true, false], Enumerable.Range(0, 7).Select(entry => nextScheduler.MemoryOf(entry).Shun > 0));
    }

    [Fact]
    public void Of_a_corpus_larger_than_the_checkpoint_the_oldest_are_kept()
    {
        for (var i = 0; i < 6; i++) Append(i);
        var (corpus, scheduler) = NewWorker();
        corpus.Drain();
        for (var entry = 0; entry < 6; entry++) scheduler.ChildKilled(entry);
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        NewState(checkpoint).Save(corpus, scheduler, new Rng(1));

        var (next, nextScheduler) = NewWorker();
        NewState(checkpoint).Restore(next, 1);
        next.Drain();
        Assert.Equal([true, true, true, true, false, false], Enumerable.Range(0, 6).Select(entry => nextScheduler.MemoryOf(entry).Shun > 0));
    }

    [Fact]
    public void What_went_into_a_granted_segment_stays_until_the_next_generation_has_one_too()
    {
        for (var i = 0; i < 6; i++) Append(i);
        var (corpus, scheduler) = NewWorker();
        corpus.Drain();
        for (var entry = 0; entry < 6; entry++) scheduler.ChildKilled(entry);
        var segments = new List<ShMem>();
        using (var checkpoint = SlotCheckpoint.Open(_checkpoint))
        {
            var state = NewGrantedState(checkpoint, segments, []);
            for (var save = 0; save < 6; save++) state.Save(corpus, scheduler, new Rng(1));
        }

        // It dies before the broker has answered it.
        using (var checkpoint = SlotCheckpoint.Open(_checkpoint))
        {
            var (second, secondScheduler) = NewWorker();
            var state = NewState(checkpoint);
            state.Restore(second, 1);
            second.Drain();
            for (var save = 0; save < 3; save++) state.Save(second, secondScheduler, new Rng(1));
        }

        using var last = SlotCheckpoint.Open(_checkpoint);
        var (next, nextScheduler) = NewWorker();
        NewState(last).Restore(next, 2);
        next.Drain();
        Assert.All(Enumerable.Range(0, 6), entry => Assert.True(nextScheduler.MemoryOf(entry).Shun > 0));
        foreach (var segment in segments) segment.Dispose();
    }

    [Fact]
    public void What_cannot_be_read_any_more_is_as_if_nothing_had_been_saved()
    {
        for (var i = 0; i < 6; i++) Append(i);
        var (corpus, scheduler) = NewWorker();
        corpus.Drain();
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        var segments = new List<ShMem>();
        var state = NewGrantedState(checkpoint, segments, []);
        for (var save = 0; save < 6; save++) state.Save(corpus, scheduler, new Rng(1));
        // The target has written into the description of the segment: it names none.
        foreach (var segment in segments) segment.Dispose();

        var (next, nextScheduler) = NewWorker();
        using var reopened = SlotCheckpoint.Open(_checkpoint);
        var successor = NewState(reopened);
        Assert.Null(successor.Restore(next, 1));
        next.Drain();
        successor.Save(next, nextScheduler, new Rng(2));
        Assert.NotNull(NewState(reopened).Restore(next, 2));
    }

    [Fact]
    public void A_granted_segment_that_cannot_be_opened_for_now_is_kept_and_meanwhile_nothing_is_saved_over_more()
    {
        for (var i = 0; i < 6; i++) Append(i);
        var (corpus, scheduler) = NewWorker();
        corpus.Drain();
        for (var entry = 0; entry < 6; entry++) scheduler.ChildKilled(entry);
        var segments = new List<ShMem>();
        using var checkpoint = SlotCheckpoint.Open(_checkpoint);
        var first = NewGrantedState(checkpoint, segments, []);
        for (var save = 0; save < 6; save++) first.Save(corpus, scheduler, new Rng(1));

        using var reopened = SlotCheckpoint.Open(_checkpoint);
        var (second, secondScheduler) = NewWorker();
        var state = NewGrantedState(reopened, segments, []);
        Assert.NotNull(state.Restore(second, 1));
        second.Drain();
        _provider.IsShort = true;
        // It asks, and is answered.
        for (var save = 0; save < 10; save++) state.Save(second, secondScheduler, new Rng(2));
        Assert.Equal(1, _provider.Refused);
        _now += SlotState.AnswerMilliseconds;
        for (var save = 0; save < 10; save++) state.Save(second, secondScheduler, new Rng(2));
        Assert.Equal(2, _provider.Refused);
        _provider.IsShort = false;
        Assert.Equal(6, Known(reopened));
        // Who takes over in a shortage waits for what was saved.
        _provider.IsShort = true;
        Assert.Equal(6, Known(reopened));
        Assert.False(_provider.IsShort);

        Append(6);
        second.Drain();
        secondScheduler.ChildKilled(6);
        _now += WorkerSegments.RetryMilliseconds;
        for (var save = 0; save < 6; save++) state.Save(second, secondScheduler, new Rng(2));
        Assert.Equal(7, Known(reopened));
        foreach (var segment in segments) segment.Dispose();

        int Known(SlotCheckpoint saved)
        {
            var (next, nextScheduler) = NewWorker();
            Assert.NotNull(NewState(saved).Restore(next, 2));
            next.Drain();
            return Enumerable.Range(0, next.Count).Count(entry => nextScheduler.MemoryOf(entry).Shun > 0);
        }
    }

    /// <summary>A shortage passes while somebody waits.</summary>
    private WorkerSegments Segments() => new(_provider, () => _now, () =>
    {
        _now += WorkerSegments.RetryMilliseconds;
        _provider.IsShort = false;
    });

    private void Append(int number) => Assert.True(_writer.Append(RecordKind.Entry, [(byte)number], default, default));

    /// <summary>Whose requests nobody answers.</summary>
    private SlotState NewState(SlotCheckpoint checkpoint) => new(checkpoint, Segments(), (_, _) => { }, () => _now);

    /// <summary>Whose requests are answered at once: the areas that were asked for, and the segments, which are the caller's to dispose.</summary>
    private SlotState NewGrantedState(SlotCheckpoint checkpoint, List<ShMem> segments, List<int> asked)
    {
        SlotState state = null!;
        return state = new SlotState(checkpoint, Segments(), (area, size) =>
        {
            asked.Add(area);
            segments.Add(_provider.Create(size));
            state.Grant(new CheckpointSegmentGranted(3, area, segments[^1].Description));
        }, () => _now);
    }

    private (SharedCorpus Corpus, Scheduler Scheduler) NewWorker()
    {
        var scheduler = new Scheduler(MapLength);
        var corpus = new SharedCorpus(Segments(), scheduler);
        corpus.Follow(_log.Description);
        return (corpus, scheduler);
    }

    private static void Learn(Scheduler scheduler, int entry, int picks)
    {
        scheduler.Observe(entry, new byte[MapLength], 10);
        var rng = new Rng(2);
        for (var pick = 0; pick < picks; pick++) scheduler.Pick(ref rng);
        scheduler.ChildFound(entry);
    }
}
