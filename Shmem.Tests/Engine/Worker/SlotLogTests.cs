using Shmem.Actors.Messages;
using Shmem.Backends.Corpus;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Tests.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

public sealed class SlotLogTests
{
    private readonly ShortProvider _provider = new();
    private readonly List<int> _requests = [];
    private long _now;

    [Fact]
    public void A_segment_that_is_refused_is_asked_for_again_a_second_later_and_not_before()
    {
        using var segment = _provider.Create(CorpusLog.SmallestSegment);
        using var writer = CorpusLogWriter.Create(segment, 0);
        var log = NewLog(writer);
        Pick(log);
        Assert.Empty(_requests);
        Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
        Pick(log);
        Assert.Equal([1], _requests);

        log.Refuse();
        Pick(log);
        _now += SlotLog.RefusalMilliseconds - 1;
        Pick(log);
        Assert.Equal([1], _requests);

        _now++;
        Pick(log);
        Assert.Equal([1, 1], _requests);

        using var next = _provider.Create(CorpusLog.SmallestSegment);
        log.Grant(new NextSegmentGranted(0, 1, next.Description));
        Pick(log);
        Assert.False(writer.NeedsNext);
        Assert.Equal([1, 1], _requests);
    }

    [Fact]
    public void A_segment_whose_answer_does_not_come_is_asked_for_again_and_of_two_answers_one_counts()
    {
        using var segment = _provider.Create(CorpusLog.SmallestSegment);
        using var writer = CorpusLogWriter.Create(segment, 0);
        var log = NewLog(writer);
        Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
        Pick(log);
        _now += SlotLog.AnswerMilliseconds - 1;
        Pick(log);
        Assert.Equal([1], _requests);

        _now++;
        Pick(log);
        Assert.Equal([1, 1], _requests);

        using var second = _provider.Create(CorpusLog.SmallestSegment);
        log.Grant(new NextSegmentGranted(0, 1, second.Description));
        Pick(log);
        // It goes on in the second segment, and fills that as well.
        Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
        Assert.Equal(1, writer.Segment);
        Pick(log);
        // At once: it is another question.
        Assert.Equal([1, 1, 2], _requests);
        log.Grant(new NextSegmentGranted(0, 1, second.Description));
        Pick(log);
        Assert.True(writer.NeedsNext);

        using var third = _provider.Create(CorpusLog.SmallestSegment);
        log.Grant(new NextSegmentGranted(0, 2, third.Description));
        Pick(log);
        Assert.False(writer.NeedsNext);
    }

    [Fact]
    public void A_granted_segment_that_cannot_be_opened_for_now_is_kept_and_tried_again_by_the_clock()
    {
        using var segment = _provider.Create(CorpusLog.SmallestSegment);
        using var next = _provider.Create(CorpusLog.SmallestSegment);
        using var writer = CorpusLogWriter.Create(segment, 0);
        var log = NewLog(writer);
        Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
        Pick(log);
        _provider.IsShort = true;
        log.Grant(new NextSegmentGranted(0, 1, next.Description));

        Pick(log);
        _now += WorkerSegments.RetryMilliseconds - 1;
        Pick(log);
        Assert.Equal((1, true), (_provider.Refused, writer.NeedsNext));
        _now++;
        Pick(log);
        Assert.Equal((2, true), (_provider.Refused, writer.NeedsNext));

        _provider.IsShort = false;
        _now += WorkerSegments.RetryMilliseconds;
        Pick(log);
        Assert.False(writer.NeedsNext);
        Assert.True(writer.Append(RecordKind.Entry, new byte[3000], default, default));
        Assert.Equal((1, 2), (writer.Segment, (int)writer.Count));
        Assert.Equal(1, _requests[0]);
    }

    private SlotLog NewLog(CorpusLogWriter writer) => new(writer, new WorkerSegments(_provider, () => _now, () => _now += WorkerSegments.RetryMilliseconds), _requests.Add, () => _now);

    private static void Pick(SlotLog log)
    {
        for (var pick = 0; pick < 1000; pick++) log.TakeNext();
    }
}
