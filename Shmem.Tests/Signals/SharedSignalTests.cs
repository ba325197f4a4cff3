using System.Diagnostics;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Signals;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Signals;

public sealed class SharedSignalTests
{
    private const long Ping = 64, Pong = 128;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public void A_change_after_the_version_was_seen_is_not_missed()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var signal = new SharedSignal(segment, 0);
        var seen = signal.Version;
        signal.Notify();
        Assert.True(signal.Wait(seen, TimeSpan.Zero, Token));
        Assert.False(signal.Wait(signal.Version, TimeSpan.Zero, Token));
    }

    [Fact]
    public void Versions_begin_again_after_the_last()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var signal = new SharedSignal(segment, 0);
        segment.Ref<uint>(0) = uint.MaxValue;
        Assert.Equal(uint.MaxValue >> 1, signal.Version);
        signal.Notify();
        Assert.Equal(0u, signal.Version);
        Assert.True(signal.Wait(uint.MaxValue >> 1, TimeSpan.Zero, Token));
    }

    [Fact]
    public void A_wait_lasts_as_long_as_its_limit()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var signal = new SharedSignal(segment, 0);
        var limit = TimeSpan.FromMilliseconds(250); // more than one slice
        var start = Stopwatch.GetTimestamp();
        Assert.False(signal.Wait(0, limit, Token));
        Assert.InRange(Stopwatch.GetElapsedTime(start), limit, Patience);
        Assert.Throws<ArgumentOutOfRangeException>(() => signal.Wait(0, TimeSpan.FromSeconds(-2), Token));
    }

    [Fact]
    public async Task Cancelling_ends_one_wait_and_no_other()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var signal = new SharedSignal(segment, 0);
        using var cancellation = new CancellationTokenSource();
        var cancelled = OnThread(() => Assert.Throws<OperationCanceledException>(() => signal.Wait(0, Timeout.InfiniteTimeSpan, cancellation.Token)));
        var other = OnThread(() => Assert.True(signal.Wait(0, Timeout.InfiniteTimeSpan)));
        Until(() => (segment.Ref<uint>(0) & SharedSignal.SomebodySleeps) != 0);
        await cancellation.CancelAsync();
        await cancelled.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Equal(0u, signal.Version);
        Assert.False(other.IsCompleted);
        signal.Notify();
        await other.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.Throws<OperationCanceledException>(() => signal.Wait(signal.Version, Timeout.InfiniteTimeSpan, cancellation.Token));
    }

    [Fact]
    public async Task Two_processes_wake_each_other_ten_thousand_times()
    {
        const uint Rounds = 10_000;
        using var segment = new StdShMemProvider().Create(4096);
        using var ping = new SharedSignal(segment, Ping);
        using var pong = new SharedSignal(segment, Pong);
        var peer = PeerProcess.RunAsync(Patience, "signal-echo", Argument(segment), $"{Rounds}");
        for (uint seen = 0; seen < Rounds; seen++)
        {
            ping.Notify();
            Assert.True(pong.Wait(seen, Patience, Token));
        }

        Assert.Equal(0, (await peer).ExitCode);
        Assert.Equal((Rounds, Rounds), (ping.Version, pong.Version));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    public async Task A_notifier_killed_before_it_wakes_delays_the_sleeper_and_does_not_block_it(int survived)
    {
        using var segment = new StdShMemProvider().Create(4096);
        using var ping = new SharedSignal(segment, Ping);
        var peer = PeerProcess.RunAsync(Patience, "signal-notify", Argument(segment), $"{survived}");
        Assert.True(ping.Wait(0, Patience, Token));
        Assert.Equal(survived == 0 ? PeerProcess.Killed : 0, (await peer).ExitCode);
        Assert.Equal(1u, ping.Version);
    }

    [Fact]
    public async Task A_sleeper_that_is_killed_leaves_a_signal_that_works()
    {
        using var segment = new StdShMemProvider().Create(4096);
        using var ping = new SharedSignal(segment, Ping);
        Assert.Equal(PeerProcess.Killed, (await PeerProcess.RunAsync(Patience, "signal-sleep", Argument(segment))).ExitCode);
        Assert.Equal(SharedSignal.SomebodySleeps, segment.Ref<uint>(Ping));
        ping.Notify();
        Assert.Equal((1u, 2u), (ping.Version, segment.Ref<uint>(Ping)));
        Assert.True(ping.Wait(0, TimeSpan.Zero, Token));
    }

    [Fact]
    public async Task Where_nothing_wakes_a_look_each_millisecond_sees_the_change()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var signal = new SharedSignal(segment, 0, PollingWait.Instance);
        using var cancellation = new CancellationTokenSource();
        var waits = OnThread(() => Assert.True(signal.Wait(0, Timeout.InfiniteTimeSpan)));
        Until(() => (segment.Ref<uint>(0) & SharedSignal.SomebodySleeps) != 0);
        signal.Notify();
        await waits.WaitAsync(Patience, TestContext.Current.CancellationToken);
        Assert.False(signal.Wait(1, TimeSpan.FromMilliseconds(5), Token));
        var cancelled = OnThread(() => Assert.Throws<OperationCanceledException>(() => signal.Wait(1, Timeout.InfiniteTimeSpan, cancellation.Token)));
        await cancellation.CancelAsync();
        await cancelled.WaitAsync(Patience, TestContext.Current.CancellationToken);
    }

    [Fact]
    public void Neither_a_notification_nor_a_wait_allocates()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var signal = new SharedSignal(segment, 0);
        Assert.Equal(0, Allocations.OfRounds(Round));

        void Round()
        {
            var seen = signal.Version;
            signal.Wait(seen, TimeSpan.FromTicks(1000));
            signal.Notify();
            signal.Wait(seen, TimeSpan.Zero);
        }
    }

    [Fact]
    public void A_disposed_signal_refuses_every_use()
    {
        using var segment = new HeapShMemProvider(ShMemGuard.After).Create(64);
        var signal = new SharedSignal(segment, 0);
        signal.Dispose();
        segment.Dispose();
        signal.Dispose();
        Assert.Throws<ObjectDisposedException>(() => signal.Version);
        Assert.Throws<ObjectDisposedException>(signal.Notify);
        Assert.Throws<ObjectDisposedException>(() => signal.Wait(0, TimeSpan.Zero, Token));
    }

    [Theory]
    [InlineData(-4)]
    [InlineData(2)]
    [InlineData(64)]
    public void A_word_outside_the_segment_or_not_aligned_is_refused(long offset)
    {
        using var segment = new HeapShMemProvider().Create(64);
        Assert.Throws<ArgumentOutOfRangeException>(() => new SharedSignal(segment, offset));
    }

    private static string Argument(ShMem segment) => $"{segment.Id}/{segment.Length}";

    private static void Until(Func<bool> condition) => Assert.True(SpinWait.SpinUntil(condition, Patience));

    private static Task OnThread(Action action) => Task.Factory.StartNew(action, TaskCreationOptions.LongRunning);
}
