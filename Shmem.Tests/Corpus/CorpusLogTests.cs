using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Corpus;

public sealed class CorpusLogTests
{
    /// <summary>The model is a list. Any sizes, with a change of segments wherever they fall, and a writer that is replaced now and then.</summary>
    [Property(MaxTest = 60)]
    public void A_reader_sees_what_was_appended_in_its_order(int seed)
    {
        var random = new Random(seed);
        using var log = new LogFixture(new HeapShMemProvider());
        var writer = CorpusLogWriter.Create(log.First, slot: 3);
        var model = new List<(RecordKind, CorpusAddress, byte[], byte[])>();
        var following = new List<byte[]>();
        using var follower = log.Reader();
        for (var i = 0; i < 60; i++)
        {
            if (writer.NeedsNext || random.Next(10) == 0) writer.SetNext(log.NewSegment());
            if (random.Next(20) == 0)
            {
                writer.Dispose();
                writer = log.Writer(i + 1);
                writer.SetNext(log.NewSegment());
            }

            var (payload, details) = (new byte[random.Next(1500)], new byte[random.Next(300)]);
            random.NextBytes(payload);
            random.NextBytes(details);
            var kind = random.Next(2) == 0 ? RecordKind.Entry : RecordKind.Finding;
            if (!writer.Append(kind, payload, details, default))
            {
                writer.SetNext(log.NewSegment());
                Assert.True(writer.Append(kind, payload, details, default));
            }

            model.Add((kind, new CorpusAddress(3, i), payload, details));
            Assert.Equal(i + 1, writer.Count);
            while (random.Next(3) != 0 && follower.TryRead(out var record)) following.Add(record.Payload.ToArray());
        }

        writer.Dispose();
        var all = log.ReadAll();
        Assert.Equal(model.Select(m => (m.Item1, m.Item2)), all.Select(r => (r.Kind, r.Address)));
        Assert.Equal(model.Select(m => m.Item3), all.Select(r => r.Payload));
        Assert.Equal(model.Select(m => m.Item4), all.Select(r => r.Details));
        while (follower.TryRead(out var record)) following.Add(record.Payload.ToArray());
        Assert.Equal(model.Select(m => m.Item3), following);
        Assert.True(follower.Segment > 5);
    }

    [Fact]
    public void A_record_says_what_was_known_of_it()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 1);
        var info = new RecordInfo
        {
            Parent = new CorpusAddress(2, 1L << 40), ExecutionNanoseconds = 3, Executions = 4, Milliseconds = 5, Edges = 6, Operations = 7,
        };
        writer.Append(RecordKind.Entry, [1], default, info);
        writer.Append(RecordKind.Entry, [2], default, default);
        using var reader = log.Reader();
        Assert.True(reader.TryRead(out var first));
        Assert.True(reader.TryRead(out var second));
        Assert.Equal(info, first.Info);
        Assert.Equal(default, second.Info);
        Assert.Null(second.Info.Parent);
    }

    [Fact]
    public void The_first_record_of_the_first_slot_may_be_a_parent_and_nothing_negative_is_one()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 0);
        foreach (var parent in (CorpusAddress[])[new(0, 0), new(-1, 0), new(0, -1)])
            writer.Append(RecordKind.Entry, [1], default, new RecordInfo { Parent = parent });
        using var reader = log.Reader();
        var parents = new List<CorpusAddress?>();
        while (reader.TryRead(out var record)) parents.Add(record.Info.Parent);
        Assert.Equal([new CorpusAddress(0, 0), null, null], parents);
    }

    [Fact]
    public void Kills_are_counted_beside_the_mark_of_the_disk()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 0);
        writer.Append(RecordKind.Entry, [1], default, default);
        using var reader = log.Reader();
        Assert.True(reader.TryRead(out var record));
        Assert.Equal(0, record.Kills);
        record.AddKill();
        record.MarkPersisted();
        record.AddKill();
        Assert.Equal((2, true), (record.Kills, record.IsPersisted));
    }

    [Fact]
    public void A_next_segment_that_was_laid_out_and_not_begun_may_be_given_again_and_no_other_log_may()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 1);
        var next = log.NewSegment();
        writer.SetNext(next);
        writer.SetNext(next);
        using var ofAnotherSlot = new LogFixture(new HeapShMemProvider());
        using (var other = CorpusLogWriter.Create(ofAnotherSlot.First, 2)) other.SetNext(ofAnotherSlot.NewSegment());
        Assert.Throws<ShMemException>(() => writer.SetNext(ofAnotherSlot.Last));
        writer.Append(RecordKind.Entry, new byte[3500], default, default);
        writer.Append(RecordKind.Entry, new byte[3500], default, default);
        // It has records now, and is not the next but this one.
        Assert.Throws<ShMemException>(() => writer.SetNext(next));
        Assert.Equal(2, log.ReadAll().Count);
    }

    [Fact]
    public void A_reader_that_comes_between_a_link_and_the_record_behind_it_waits()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 1);
        writer.SetNext(log.NewSegment());
        writer.Append(RecordKind.Entry, new byte[3000], default, default);
        writer.Append(RecordKind.Entry, new byte[3000], default, default);
        var tail = log.Last.Ref<long>(LogSegment.TailOffset);
        log.Last.Ref<long>(LogSegment.TailOffset) = LogSegment.HeaderSize;
        using var reader = log.Reader();
        Assert.True(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        Assert.False(reader.TryRead(out _));
        log.Last.Ref<long>(LogSegment.TailOffset) = tail;
        Assert.True(reader.TryRead(out var record));
        Assert.Equal(1, record.Address.Ordinal);
    }

    [Fact]
    public void Arguments_are_looked_at_first()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        var segment = log.First;
        Assert.Equal("segment", Assert.Throws<ArgumentNullException>(() => CorpusLogWriter.Create(null!, 0)).ParamName);
        Assert.Equal("slot", Assert.Throws<ArgumentOutOfRangeException>(() => CorpusLogWriter.Create(segment, -1)).ParamName);
        Assert.Equal("generation", Assert.Throws<ArgumentOutOfRangeException>(() => CorpusLogWriter.Create(segment, 0, -1)).ParamName);
        using var writer = CorpusLogWriter.Create(segment, 0);
        Assert.Equal("segment", Assert.Throws<ArgumentNullException>(() => CorpusLogWriter.Open(null!, 1, log.Open)).ParamName);
        Assert.Equal("open", Assert.Throws<ArgumentNullException>(() => CorpusLogWriter.Open(segment, 1, null!)).ParamName);
        Assert.Equal("segment", Assert.Throws<ArgumentNullException>(() => writer.SetNext(null!)).ParamName);
        Assert.Equal("first", Assert.Throws<ArgumentNullException>(() => new CorpusLogReader(null!, log.Open)).ParamName);
        Assert.Equal("open", Assert.Throws<ArgumentNullException>(() => new CorpusLogReader(segment, null!)).ParamName);
        Assert.Equal("segment", Assert.Throws<ArgumentNullException>(() => CorpusLog.Recover(null!, log.Open)).ParamName);
        Assert.Equal("open", Assert.Throws<ArgumentNullException>(() => CorpusLog.Recover(segment, null!)).ParamName);
        var taken = Assert.Throws<ShMemException>(() => CorpusLogWriter.Create(segment, 0));
        Assert.Equal($"lay out {segment.Id} as a corpus log: it holds one already. Create a new segment.", taken.Message);
        Assert.Contains("it has had a writer of generation 0, this one is 0", Assert.Throws<ShMemException>(() => log.Writer(0)).Message);
    }

    [Fact]
    public void What_a_log_does_not_take_is_an_argument_at_fault_and_leaves_nothing_in_it()
    {
        using var log = new LogFixture(new HeapShMemProvider(), 2 * CorpusLog.MostPayload);
        using var writer = CorpusLogWriter.Create(log.First, 1);
        Assert.Contains("An entry or a finding", Assert.Throws<ArgumentOutOfRangeException>(() => writer.Append(RecordKind.Link, [], default, default)).Message);
        Assert.Contains($"{CorpusLog.MostPayload} bytes, not {CorpusLog.MostPayload + 1}",
            Assert.Throws<ArgumentException>(() => writer.Append(RecordKind.Entry, new byte[CorpusLog.MostPayload + 1], default, default)).Message);
        Assert.Contains($"{CorpusLog.MostDetails} bytes, not {CorpusLog.MostDetails + 1}",
            Assert.Throws<ArgumentException>(() => writer.Append(RecordKind.Finding, [], new byte[CorpusLog.MostDetails + 1], default)).Message);
        Assert.True(writer.Append(RecordKind.Finding, new byte[CorpusLog.MostPayload], new byte[CorpusLog.MostDetails], default));
        Assert.Single(log.ReadAll());
        writer.Dispose();
        Assert.Throws<ObjectDisposedException>(() => writer.Append(RecordKind.Entry, [], default, default));
        Assert.Throws<ObjectDisposedException>(() => writer.SetNext(log.First));
        using var reader = log.Reader();
        reader.Dispose();
        Assert.Throws<ObjectDisposedException>(() => reader.TryRead(out _));
    }

    [Fact]
    public void A_record_marked_as_persisted_is_so_for_every_reader_and_no_other_record_is()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 1);
        writer.Append(RecordKind.Entry, [1], default, default);
        writer.Append(RecordKind.Entry, [2], default, default);
        using var broker = log.Reader();
        using var other = log.Reader();
        Assert.True(broker.TryRead(out var record));
        Assert.True(other.TryRead(out var same));
        Assert.True(other.TryRead(out var next));
        Assert.False(same.IsPersisted);
        record.MarkPersisted();
        Assert.True(same.IsPersisted);
        Assert.False(next.IsPersisted);
    }

    [Fact]
    public void The_next_segment_is_asked_for_when_a_quarter_is_left()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 1);
        writer.Append(RecordKind.Entry, new byte[2700], default, default);
        Assert.False(writer.NeedsNext);
        writer.Append(RecordKind.Entry, new byte[200], default, default);
        Assert.True(writer.NeedsNext);
        writer.SetNext(log.NewSegment());
        Assert.False(writer.NeedsNext);
    }

    [Fact]
    public void A_log_without_a_next_segment_refuses_what_does_not_fit_and_goes_on_with_what_does()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 1);
        Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
        Assert.False(writer.Append(RecordKind.Entry, new byte[1000], default, default));
        Assert.True(writer.Append(RecordKind.Entry, [7], default, default));
        Assert.Equal([3000, 1], log.ReadAll().Select(r => r.Payload.Length));
    }

    [Fact]
    public void A_reader_whose_next_segment_cannot_be_opened_yet_reads_on_later()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 1);
        writer.SetNext(log.NewSegment());
        writer.Append(RecordKind.Entry, new byte[3500], default, default);
        writer.Append(RecordKind.Entry, new byte[3501], default, default);
        var refused = true;
        using var reader = new CorpusLogReader(log.First, d => refused ? throw new ShMemException(ShMemError.Denied, "open", "not now", "Wait.") : log.Open(d));
        Assert.True(reader.TryRead(out _));
        Assert.Equal(ShMemError.Denied, Assert.Throws<ShMemException>(() => reader.TryRead(out _)).Error);
        refused = false;
        Assert.True(reader.TryRead(out var record));
        Assert.Equal((3501, 1), (record.Payload.Length, record.Address.Ordinal));
    }

    [Fact]
    public void A_second_writer_of_the_same_generation_is_refused()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        CorpusLogWriter.Create(log.First, 1, generation: 4).Dispose();
        Assert.Throws<ShMemException>(() => log.Writer(4));
        log.Writer(5).Dispose();
        Assert.Throws<ShMemException>(() => log.Writer(5));
    }

    [Fact]
    public void A_segment_that_holds_a_log_is_neither_begun_again_nor_taken_as_the_next()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 1);
        Assert.Throws<ShMemException>(() => CorpusLogWriter.Create(log.First, 1));
        Assert.Throws<ShMemException>(() => writer.SetNext(log.First));
    }

    [Fact]
    public void A_claim_that_is_not_recovered_keeps_the_next_writer_out()
    {
        using var log = new LogFixture(new HeapShMemProvider());
        CorpusLogWriter.Create(log.First, 1).Dispose();
        log.First.Ref<long>(LogSegment.PendingOffset) = LogSegment.HeaderSize + 64;
        Assert.Contains("recover", Assert.Throws<ShMemException>(() => log.Writer(1)).Message, StringComparison.Ordinal);
        Assert.Equal(RecoverResult.Refused, CorpusLog.Recover(log.First, log.Open));
        Assert.Empty(log.ReadAll());
        log.Writer(1).Dispose();
    }
}
