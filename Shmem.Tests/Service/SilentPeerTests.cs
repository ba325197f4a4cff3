using System.Runtime.Versioning;
using Shmem.Backends;
using Shmem.Backends.Service;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>Peers that say nothing, or not all, and too many of them.</summary>
[SupportedOSPlatform("linux")]
[SupportedOSPlatform("windows")]
public sealed class SilentPeerTests
{
    private static readonly ServiceLimits NeverLate = new() { Request = TimeSpan.FromHours(1) };

    /// <summary>Time goes on only when a test says so.</summary>
    private readonly ManualClock _clock = new();

    private ServiceLimits Limits => new() { Clock = _clock };

    // LESSONS: "a peer connects and says nothing: every other client blocks".
    [Fact]
    public void A_silent_peer_and_a_half_request_block_nobody()
    {
        using var fixture = new ServiceFixture(limits: NeverLate);
        using var silent = RawClient.Welcomed(fixture.SocketPath);
        using var half = RawClient.Welcomed(fixture.SocketPath);
        half.Send(RawClient.Create(100)[..9]);
        using var segment = fixture.Provider.Create(100);
        using var other = RawClient.Welcomed(fixture.SocketPath);
        Assert.Equal(FrameKind.Granted, other.Ask(RawClient.Of(FrameKind.Open, segment.Id)).Kind);
        half.Send(RawClient.Create(100)[9..]);
        Assert.Equal(FrameKind.Granted, half.Receive().Kind);
    }

    // LESSONS: "the silent one is dropped after a time limit".
    [Theory]
    [InlineData(0)]
    [InlineData(9)]
    public void A_peer_that_sends_no_whole_request_in_time_is_told_and_dropped(int sent)
    {
        using var fixture = new ServiceFixture(limits: Limits);
        using var silent = RawClient.Welcomed(fixture.SocketPath);
        silent.Send(RawClient.Create(100)[..sent]);
        _clock.Advance(TimeSpan.FromSeconds(9));
        using (var other = RawClient.Welcomed(fixture.SocketPath)) Assert.Equal(FrameKind.Granted, other.Ask(RawClient.Create(100)).Kind);
        _clock.Advance(TimeSpan.FromSeconds(2));
        // Whoever comes wakes the service, which looks at its clock.
        using var waker = RawClient.Welcomed(fixture.SocketPath);
        Assert.Contains("within 10 s", silent.Refused(ShMemError.Invalid).Message);
        Assert.True(silent.IsEnded());
        Assert.Equal(FrameKind.Granted, waker.Ask(RawClient.Create(100)).Kind);
    }

    [Fact]
    public void A_client_that_has_asked_may_be_silent_for_as_long_as_it_likes()
    {
        using var fixture = new ServiceFixture(limits: Limits);
        using var holder = RawClient.Welcomed(fixture.SocketPath);
        Assert.Equal(FrameKind.Granted, holder.Ask(RawClient.Create(100)).Kind);
        using var silent = RawClient.Welcomed(fixture.SocketPath);
        _clock.Advance(TimeSpan.FromHours(1));
        using var waker = RawClient.Welcomed(fixture.SocketPath);
        silent.Refused(ShMemError.Invalid);
        Assert.Equal(FrameKind.Granted, holder.Ask(RawClient.Create(100)).Kind);
    }

    [Fact]
    public async Task A_connection_beyond_the_limit_is_refused_with_the_limit_and_the_next_after_an_end_is_welcome()
    {
        using var fixture = new ServiceFixture(limits: NeverLate with { Connections = 2 });
        using var first = RawClient.Welcomed(fixture.SocketPath);
        using (var second = RawClient.Welcomed(fixture.SocketPath))
        using (var third = new RawClient(fixture.SocketPath))
        {
            Assert.Contains("has 2 connections", third.Refused(ShMemError.LimitReached).Message);
            Assert.True(third.IsEnded());
            var refused = Assert.Throws<ShMemException>(() => fixture.Provider.Create(100));
            Assert.Equal(ShMemError.LimitReached, refused.Error);
            // A service that refuses lives: its name is taken.
            Assert.Null(fixture.Start());
        }

        await fixture.HasConnections(1);
        fixture.Provider.Create(100).Dispose();
    }
}
