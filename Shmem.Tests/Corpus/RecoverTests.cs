using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Corpus;

/// <summary>The end of a claim whose writer is dead, at every value that it can have left. <see cref="KilledWriterTests"/> kills real writers at every step.</summary>
public sealed class RecoverTests
{
    private const int Tail = LogSegment.HeaderSize;
    private static readonly int End = Tail + RecordLayout.LengthFor(100, 20);

    [Fact]
    public void A_whole_record_is_committed_once()
    {
        using var log = Killed();
        log.First.Ref<long>(LogSegment.PendingOffset) = End;
        Assert.Equal(RecoverResult.Committed, CorpusLog.Recover(log.First, log.Open));
        Assert.Equal((100, 20), log.ReadAll().Select(record => (record.Payload.Length, record.Details.Length)).Single());
        Assert.Equal(0, log.First.Ref<long>(LogSegment.PendingOffset));
        Assert.Equal(RecoverResult.Nothing, CorpusLog.Recover(log.First, log.Open));
        Assert.Single(log.ReadAll());
    }

    [Theory]
    [InlineData(0, RecoverResult.Nothing)] // No claim was under way.
    [InlineData(Tail, RecoverResult.Nothing)] // The tail was stored, and the mark not yet taken away.
    [InlineData(Tail - 8, RecoverResult.Refused)]
    [InlineData(8, RecoverResult.Refused)]
    [InlineData(Tail + 8, RecoverResult.Refused)] // No record is so short.
    [InlineData(long.MaxValue, RecoverResult.Refused)]
    [InlineData(-8, RecoverResult.Refused)]
    public void Any_other_end_commits_nothing(long pending, RecoverResult result)
    {
        using var log = Killed();
        log.First.Ref<long>(LogSegment.PendingOffset) = pending;
        AssertNothing(log, result);
    }

    [Theory]
    [InlineData(8)]
    [InlineData(-8)]
    public void An_end_beside_the_records_commits_nothing(int difference)
    {
        using var log = Killed();
        log.First.Ref<long>(LogSegment.PendingOffset) = End + difference;
        AssertNothing(log, RecoverResult.Refused);
    }

    [Fact]
    public void A_link_is_not_committed_as_a_claim()
    {
        using var log = Killed();
        var encoded = new byte[Shmem.Backends.ShMemDescription.EncodedSize];
        log.First.Description.Write(encoded);
        log.First.Ref<int>(Tail) = LogSegment.LinkLength;
        log.First.Ref<int>(Tail + 4) = (int)RecordKind.Link;
        Assert.True(IsWhole(log, LogSegment.LinkLength, encoded.Length));
        log.First.Ref<long>(LogSegment.PendingOffset) = Tail + LogSegment.LinkLength;
        AssertNothing(log, RecoverResult.Refused);
    }

    /// <summary>Behind a record there is always room for a link: a claim that takes it never was ours.</summary>
    [Theory]
    [InlineData(0, RecoverResult.Committed)]
    [InlineData(8, RecoverResult.Refused)]
    public void A_record_that_leaves_no_room_for_a_link_is_refused(int tooMuch, RecoverResult result)
    {
        var room = (int)CorpusLog.SmallestSegment - LogSegment.LinkLength - Tail + tooMuch;
        using var log = Killed();
        log.First.Ref<int>(Tail) = room;
        Assert.True(IsWhole(log, room, room - RecordLayout.Size, details: 0));
        log.First.Ref<long>(LogSegment.PendingOffset) = Tail + room;
        Assert.Equal(result, CorpusLog.Recover(log.First, log.Open));
    }

    /// <summary>A log whose writer had written a record of 100 and 20 bytes, and not committed it.</summary>
    private static LogFixture Killed()
    {
        var log = new LogFixture(new HeapShMemProvider());
        using var writer = CorpusLogWriter.Create(log.First, 2);
        Assert.True(writer.Append(RecordKind.Finding, new byte[100], new byte[20], default));
        Assert.Equal(End, log.First.Ref<long>(LogSegment.TailOffset));
        log.First.Ref<long>(LogSegment.TailOffset) = Tail;
        return log;
    }

    private static unsafe bool IsWhole(LogFixture log, int length, int payload, int details = 0)
    {
        var record = (RecordLayout*)(log.First.Pointer + Tail);
        (record->PayloadLength, record->DetailsLength) = (payload, details);
        return RecordLayout.TryRead((byte*)record, length, out _, out _, out _, out _);
    }

    private static void AssertNothing(LogFixture log, RecoverResult result)
    {
        Assert.Equal(result, CorpusLog.Recover(log.First, log.Open));
        Assert.Empty(log.ReadAll());
        Assert.Equal(0, log.First.Ref<long>(LogSegment.PendingOffset));
        // The next writer goes on.
        using var writer = log.Writer(9);
        Assert.True(writer.Append(RecordKind.Entry, [1], default, default));
        Assert.Single(log.ReadAll());
    }
}
