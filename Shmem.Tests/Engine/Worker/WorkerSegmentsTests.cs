using Shmem.Backends;
using Shmem.Sample.Fuzzer.Engine.Worker;
using Shmem.Tests.Engine.Broker;
using Xunit;

namespace Shmem.Tests.Engine.Worker;

public sealed class WorkerSegmentsTests : IDisposable
{
    private readonly ShortProvider _provider = new();
    private readonly ShMem _segment;
    private readonly WorkerSegments _segments;
    private long _now;

    public WorkerSegmentsTests()
    {
        _segment = _provider.Create(4096);
        _segments = new WorkerSegments(_provider, () => _now, () => _now += WorkerSegments.RetryMilliseconds);
    }

    public void Dispose() => _segment.Dispose();

    [Fact]
    public void A_shortage_that_lasts_is_an_error_in_the_end_and_one_that_has_passed_is_forgotten()
    {
        for (var shortage = 0; shortage < 2; shortage++)
        {
            _provider.IsShort = true;
            for (var end = _now + WorkerSegments.MostMilliseconds; _now < end; _now += WorkerSegments.RetryMilliseconds) Assert.Null(_segments.TryOpen(_segment.Description));
            _now--;
            _provider.IsShort = false;
            Assert.Null(_segments.TryOpen(_segment.Description));
            _now += WorkerSegments.RetryMilliseconds;
            using var opened = _segments.TryOpen(_segment.Description);
            Assert.NotNull(opened);
            Assert.False(_segments.IsShort);
        }

        _provider.IsShort = true;
        var begun = _now;
        Assert.Equal(ShMemError.LimitReached, Assert.Throws<ShMemException>(() => _segments.OpenPatiently(_segment.Description)).Error);
        Assert.Equal(WorkerSegments.MostMilliseconds, _now - begun);
    }

    [Fact]
    public void A_minute_in_which_nobody_asked_says_nothing()
    {
        _provider.IsShort = true;
        Assert.Null(_segments.TryOpen(_segment.Description));
        _now += 10 * WorkerSegments.MostMilliseconds;
        Assert.Null(_segments.TryOpen(_segment.Description));
        _provider.IsShort = false;
        using var opened = _segments.OpenPatiently(_segment.Description);
        Assert.False(_segments.IsShort);
    }

    [Fact]
    public void What_is_not_there_is_an_error_at_once()
    {
        _segment.Dispose();
        var refused = Assert.Throws<ShMemException>(() => _segments.TryOpen(_segment.Description));
        Assert.Equal(ShMemError.NotFound, refused.Error);
        Assert.False(_segments.PutOff(refused));
        Assert.False(_segments.IsShort);
    }
}
