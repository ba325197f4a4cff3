using Shmem.Backends.Corpus;
using Shmem.Backends.Heap;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

public sealed class SlotLogTests
{
    private readonly HeapShMemProvider _provider = new();
    private readonly List<int> _requests = [];
    private long _now;

    [Fact]
    public void A_segment_that_is_refused_is_asked_for_again_a_second_later_and_not_before()
    {
        using var segment = _provider.Create(CorpusLog.SmallestSegment);
        using var writer = CorpusLogWriter.Create(segment, 0);
        var log = new SlotLog(writer, _provider, _requests.Add, () => _now);
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
        log.Grant(next.Description);
        Pick(log);
        Assert.False(writer.NeedsNext);
        Assert.Equal([1, 1], _requests);
    }

    private static void Pick(SlotLog log)
    {
        for (var pick = 0; pick < 1000; pick++) log.TakeNext();
    }
}
