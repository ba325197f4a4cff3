using Akka.Actor;
using Akka.TestKit.Xunit;
using Shmem.Actors.Messages;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Sample.Fuzzer.Engine.Broker;
using Shmem.Tests.Workers;
using Xunit;

namespace Shmem.Tests.Engine.Broker;

/// <summary>What the broker is granted and cannot use, it does not hold.</summary>
public sealed class BrokerSegmentsTests : TestKit
{
    private static readonly HolderId Broker = new(0, 1, 1);
    private static readonly ShMemDescription Unknown = new(ShMemId.Parse("heap:999999999999"), 4096);

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_cannot_be_opened_is_released()
    {
        var creating = Segments(null).CreateAsync(4096, "test");
        await Next<CreateSegment>();
        LastSender.Tell(new SegmentCreated(Unknown));

        Assert.Equal(ShMemError.NotFound, (await Assert.ThrowsAsync<ShMemException>(() => creating)).Error);
        Assert.Equal(new ReleaseLease(Broker, Unknown.Id), await Next<ReleaseLease>());
    }

    [Fact]
    public async Task What_is_granted_after_the_limit_is_released()
    {
        await Assert.ThrowsAsync<AskTimeoutException>(() => Segments(TimeSpan.FromMilliseconds(1)).CreateAsync(4096, "test"));
        await Next<CreateSegment>();
        LastSender.Tell(new SegmentCreated(Unknown));

        Assert.Equal(new ReleaseLease(Broker, Unknown.Id), await Next<ReleaseLease>());
    }

    [Fact]
    public async Task Who_has_to_answer_at_once_is_told_of_the_limit_as_of_any_refusal()
    {
        var refused = Assert.Throws<ShMemException>(() => Segments(TimeSpan.FromMilliseconds(1)).Create(4096, "test"));
        Assert.Contains("test", refused.Message, StringComparison.Ordinal);
        await Next<CreateSegment>();
    }

    private BrokerSegments Segments(TimeSpan? limit) => new(TestActor, new HeapShMemProvider(), Broker, limit);

    private ValueTask<T> Next<T>() => ExpectMsgAsync<T>(PeerCommand.Patience, cancellationToken: Cancelled);
}
