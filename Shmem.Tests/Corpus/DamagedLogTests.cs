using Shmem.Backends;
using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Corpus;

/// <summary>Each kind of damage by itself: readers, the next writer and the recovery refuse it, and say what it is.</summary>
public sealed class DamagedLogTests
{
    private const int FirstRecord = LogSegment.HeaderSize;

    public static TheoryData<int, long, int, string> Headers => new()
    {
        { LogSegment.SlotOffset, -1, 4, "its slot, sequence number or first ordinal is negative" },
        { LogSegment.SequenceOffset, -1, 4, "its slot, sequence number or first ordinal is negative" },
        { LogSegment.FirstOrdinalOffset, -1, 8, "its slot, sequence number or first ordinal is negative" },
        { LogSegment.TailOffset, LogSegment.HeaderSize - 8, 8, $"its tail is {LogSegment.HeaderSize - 8}, the last record ends at {LogSegment.HeaderSize} of {CorpusLog.SmallestSegment}" },
        { LogSegment.TailOffset, CorpusLog.SmallestSegment + 8, 8, $"its tail is {CorpusLog.SmallestSegment + 8}, the last record" },
        { LogSegment.TailOffset, LogSegment.HeaderSize + 4, 8, $"its tail is {LogSegment.HeaderSize + 4}, the last record" },
        { LogSegment.TailOffset, LogSegment.HeaderSize + 8, 8, $"the record at {LogSegment.HeaderSize} is malformed" },
        { FirstRecord, 0, 4, $"the record at {FirstRecord} is malformed" },
        { FirstRecord, RecordLayout.Size, 4, $"the record at {FirstRecord} is malformed" },
    };

    [Theory]
    [MemberData(nameof(Headers))]
    public void A_damaged_word_is_refused_by_its_name(int offset, long value, int size, string why)
    {
        using var log = Log(out _);
        if (size == 4) log.First.Ref<int>(offset) = (int)value;
        else log.First.Ref<long>(offset) = value;
        AssertRefused(log, why);
    }

    [Theory]
    [InlineData(LogSegment.SlotOffset, 5, 4)]
    [InlineData(LogSegment.SequenceOffset, 2, 4)]
    [InlineData(LogSegment.SequenceOffset, 0, 4)]
    [InlineData(LogSegment.FirstOrdinalOffset, 0, 8)]
    [InlineData(LogSegment.FirstOrdinalOffset, 2, 8)]
    public void A_link_that_leads_to_another_place_is_refused(int offset, long value, int size)
    {
        using var log = Log(out _);
        if (size == 4) log.Last.Ref<int>(offset) = (int)value;
        else log.Last.Ref<long>(offset) = value;
        AssertRefused(log, "its link leads to slot ", "not to slot 4, segment 1, record 1");
    }

    [Fact]
    public void A_link_that_is_no_description_is_refused()
    {
        using var log = Log(out var link);
        log.First.Span.Slice(link + RecordLayout.Size, ShMemDescription.EncodedSize).Fill(0xFF);
        AssertRefused(log, "its link is no description of a segment");
    }

    [Fact]
    public void A_segment_that_holds_nothing_but_a_link_is_refused_by_readers()
    {
        using var log = Log(out var link);
        // The second segment's first record becomes the first one's link.
        log.First.Span.Slice(link, LogSegment.LinkLength).CopyTo(log.Last.Span[FirstRecord..]);
        log.Last.Ref<long>(LogSegment.TailOffset) = FirstRecord + LogSegment.LinkLength;
        using var reader = log.Reader();
        Assert.True(reader.TryRead(out _));
        Assert.Contains("it holds a link and no record", Assert.Throws<ShMemException>(() => reader.TryRead(out _)).Message);
    }

    [Fact]
    public void A_record_behind_a_link_is_refused_by_the_next_writer_and_the_recovery()
    {
        using var log = Log(out var link);
        var behind = link + LogSegment.LinkLength;
        log.First.Span.Slice(FirstRecord, RecordLayout.LengthFor(8, 0)).CopyTo(log.First.Span[behind..]);
        log.First.Ref<long>(LogSegment.TailOffset) = behind + RecordLayout.LengthFor(8, 0);
        foreach (var open in (Action[])[() => log.Writer(9).Dispose(), () => CorpusLog.Recover(log.First, log.Open)])
            Assert.Contains($"the record at {behind} is malformed", Assert.Throws<ShMemException>(open).Message);
    }

    [Fact]
    public void A_segment_that_is_too_small_is_neither_laid_out_nor_read()
    {
        using var small = new HeapShMemProvider().Create(CorpusLog.SmallestSegment - 1);
        Assert.Throws<ShMemException>(() => CorpusLogWriter.Create(small, 0));
        using var log = Log(out _);
        log.First.Span[..(int)small.Length].CopyTo(small.Span);
        Assert.Contains($"the mapping has {small.Length}", Assert.Throws<ShMemException>(() => new CorpusLogReader(small, log.Open)).Message);
        // One that says of itself how long it is.
        small.Ref<long>(16) = small.Length;
        Assert.Contains($"it has only {small.Length} bytes", Assert.Throws<ShMemException>(() => new CorpusLogReader(small, log.Open)).Message);
    }

    [Fact]
    public void What_is_no_log_is_not_read()
    {
        using var blank = new HeapShMemProvider().Create(CorpusLog.SmallestSegment);
        Assert.Equal(ShMemError.Invalid, Assert.Throws<ShMemException>(() => new CorpusLogReader(blank, _ => blank)).Error);
    }

    /// <summary>Slot 4: a record of 8 bytes, a link, and in the second segment a record.</summary>
    private static LogFixture Log(out int link)
    {
        var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 4);
        Assert.True(writer.Append(RecordKind.Entry, new byte[8], default, default));
        writer.SetNext(log.NewSegment());
        // All that an empty segment has room for.
        var longest = (int)CorpusLog.SmallestSegment - LogSegment.HeaderSize - LogSegment.LinkLength - RecordLayout.Size;
        Assert.True(writer.Append(RecordKind.Entry, new byte[longest], default, default));
        link = FirstRecord + RecordLayout.LengthFor(8, 0);
        Assert.Equal(link + LogSegment.LinkLength, log.First.Ref<long>(LogSegment.TailOffset));
        return log;
    }

    private static void AssertRefused(LogFixture log, params string[] parts)
    {
        Action[] users =
        [
            () =>
            {
                using var reader = log.Reader();
                while (reader.TryRead(out _)) ;
            },
            () => log.Writer(9).Dispose(),
            () => CorpusLog.Recover(log.First, log.Open),
        ];
        foreach (var user in users)
        {
            var refused = Assert.Throws<ShMemException>(user);
            Assert.Equal(ShMemError.Invalid, refused.Error);
            Assert.StartsWith("read corpus log heap:", refused.Message);
            Assert.Equal("Something other than its writer wrote into it: end the slot that it belongs to.", refused.Remedy);
            Assert.All(parts, part => Assert.Contains(part, refused.Message));
        }
    }
}
