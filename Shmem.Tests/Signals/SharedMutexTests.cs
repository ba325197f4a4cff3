using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Shmem.Backends.Signals;
using Shmem.Tests.Samples;
using Xunit;

namespace Shmem.Tests.Signals;

public sealed class SharedMutexTests
{
    private static readonly int Killed = PeerProcess.Killed;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_is_inside_and_whoever_waits_gets_in_after_it()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var mutex = new SharedMutex(segment, 0);
        using var other = new SharedMutex(segment, 0);
        Assert.Equal(MutexEntry.Entered, mutex.Enter(Token));
        Assert.Equal(MutexEntry.TimedOut, other.Enter(TimeSpan.Zero, Token));
        Assert.Equal(MutexEntry.TimedOut, other.Enter(TimeSpan.FromMilliseconds(120), Token));
        var waits = Task.Factory.StartNew(() => other.Enter(), TaskCreationOptions.LongRunning);
        mutex.Exit();
        Assert.Equal(MutexEntry.Entered, await waits.WaitAsync(Patience, Token));
        other.Exit();
    }

    [Fact]
    public void Leaving_what_one_does_not_own_is_an_error_and_changes_nothing()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var mutex = new SharedMutex(segment, 0);
        Assert.Throws<SynchronizationLockException>(mutex.Exit);
        var stranger = Incarnation.From(1, 1).Word;
        segment.Ref<ulong>(0) = stranger;
        Assert.Throws<SynchronizationLockException>(mutex.Exit);
        Assert.Equal(stranger, segment.Ref<ulong>(0));
    }

    [Fact]
    public async Task Cancelling_ends_one_wait_and_no_other()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var mutex = new SharedMutex(segment, 0);
        using var cancellation = new CancellationTokenSource();
        mutex.Enter(Token);
        var cancelled = Task.Factory.StartNew(() => mutex.Enter(cancellation.Token), TaskCreationOptions.LongRunning);
        var other = Task.Factory.StartNew(() => mutex.Enter(), TaskCreationOptions.LongRunning);
        Assert.True(SpinWait.SpinUntil(() => (segment.Ref<ulong>(0) & Incarnation.Flag) != 0, Patience));
        await cancellation.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => cancelled.WaitAsync(Patience, Token));
        Assert.False(other.IsCompleted);
        mutex.Exit();
        Assert.Equal(MutexEntry.Entered, await other.WaitAsync(Patience, Token));
    }

    [Fact]
    public void A_free_mutex_is_not_entered_with_a_limit_that_is_none_or_after_a_cancellation()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var mutex = new SharedMutex(segment, 0);
        Assert.Throws<ArgumentOutOfRangeException>(() => mutex.Enter(TimeSpan.FromSeconds(-5), Token));
        Assert.Throws<OperationCanceledException>(() => mutex.Enter(new CancellationToken(canceled: true)));
        Assert.Equal(0u, segment.Ref<ulong>(0));
    }

    [Fact]
    public void A_disposed_mutex_refuses_every_use()
    {
        using var segment = new HeapShMemProvider(ShMemGuard.After).Create(64);
        var mutex = new SharedMutex(segment, 0);
        mutex.Dispose();
        segment.Dispose();
        mutex.Dispose();
        Assert.Throws<ObjectDisposedException>(() => mutex.Enter(Token));
        Assert.Throws<ObjectDisposedException>(mutex.Exit);
    }

    /// <summary>Steps of a free mutex: owned, freed. The next owner is told of a death inside, and of no other.</summary>
    [Theory]
    [InlineData(0, MutexEntry.Abandoned)]
    [InlineData(1, MutexEntry.Entered)]
    [InlineData(2, MutexEntry.Entered)]
    public async Task An_owner_killed_at_any_step_blocks_nobody(int survived, MutexEntry expected)
    {
        using var segment = new StdShMemProvider().Create(4096);
        using var mutex = new SharedMutex(segment, 0);
        var peer = await PeerProcess.RunAsync(Patience, "mutex-lock", Argument(segment), $"{survived}");
        Assert.Equal(survived < 2 ? Killed : 0, peer.ExitCode);
        CheckNext(mutex, expected);
    }

    /// <summary>The same, but the peer has to wait first: marked, owned, freed and not yet woken, while we wait for it in turn.</summary>
    [Theory]
    [InlineData(0, MutexEntry.Entered)]
    [InlineData(1, MutexEntry.Abandoned)]
    [InlineData(2, MutexEntry.Entered)]
    [InlineData(3, MutexEntry.Entered)]
    public async Task One_who_waits_killed_at_any_step_blocks_nobody(int survived, MutexEntry expected)
    {
        using var segment = new StdShMemProvider().Create(4096);
        using var mutex = new SharedMutex(segment, 0);
        Assert.Equal(MutexEntry.Entered, mutex.Enter(Token));
        var peer = PeerProcess.RunAsync(Patience, "mutex-lock", Argument(segment), $"{survived}");
        Assert.True(SpinWait.SpinUntil(() => (segment.Ref<ulong>(0) & Incarnation.Flag) != 0, Patience));
        if (survived == 0) await peer;
        mutex.Exit();
        // The peer gets in before us, unless it is dead.
        if (survived > 0) Assert.True(SpinWait.SpinUntil(() => segment.Ref<ulong>(0) != 0 || peer.IsCompleted, Patience));
        CheckNext(mutex, expected);
        Assert.Equal(survived < 3 ? Killed : 0, (await peer).ExitCode);
    }

    [Fact]
    public async Task The_owner_who_was_told_and_died_too_is_told_of_to_the_next()
    {
        using var segment = new StdShMemProvider().Create(4096);
        using var mutex = new SharedMutex(segment, 0);
        for (var i = 0; i < 2; i++)
        {
            // The second peer waits for the first one's: marked, owned.
            var peer = await PeerProcess.RunAsync(Patience, "mutex-lock", Argument(segment), $"{i}");
            Assert.Equal(Killed, peer.ExitCode);
        }

        CheckNext(mutex, MutexEntry.Abandoned);
    }

    [Fact]
    public async Task What_it_guards_is_whole_or_its_next_owner_is_told()
    {
        const long Rounds = 320;
        using var segment = new StdShMemProvider().Create(4096);
        var steady = Enumerable.Range(0, 2).Select(_ => PeerProcess.RunAsync(TimeSpan.FromMinutes(3), "mutex-add", Argument(segment), "50000")).ToList();
        // Others are killed in the midst of it: RunAsync kills at its limit, wherever they are.
        for (var i = 0; i < 4; i++)
        {
            var peer = await PeerProcess.RunAsync(TimeSpan.FromMilliseconds(30 + i), "mutex-add", Argument(segment), "1000000000");
            Assert.Null(peer.ExitCode);
        }

        foreach (var peer in await Task.WhenAll(steady)) Assert.Equal((0, ""), (peer.ExitCode, peer.Error));
        Assert.True(segment.Ref<long>(Rounds) >= 100_000);
        using var mutex = new SharedMutex(segment, 0);
        var entry = mutex.Enter(Patience, Token);
        Assert.NotEqual(MutexEntry.TimedOut, entry);
        if (entry == MutexEntry.Entered) Assert.Equal(segment.Ref<long>(192), segment.Ref<long>(256));
        // A peer may have died after it left and before it counted the round.
        Assert.InRange(segment.Ref<long>(192), segment.Ref<long>(Rounds), segment.Ref<long>(Rounds) + 4);
    }

    [Fact]
    public void A_later_process_with_the_owner_s_pid_is_not_the_owner()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var mutex = new SharedMutex(segment, 0);
        segment.Ref<ulong>(0) = Incarnation.From(Environment.ProcessId, (long)(Incarnation.Self.Word >> 32) + 1).Word;
        Assert.Equal(MutexEntry.Abandoned, mutex.Enter(TimeSpan.Zero, Token));
    }

    [Fact]
    [Trait("Needs", "Unix")]
    public async Task A_stopped_owner_is_alive()
    {
        using var segment = new StdShMemProvider().Create(4096);
        using var mutex = new SharedMutex(segment, 0);
        await using var peer = await PeerSession.Start();
        Assert.Equal(0, ProcessStat.Read(peer.Pid, out var stat));
        segment.Ref<ulong>(0) = Incarnation.From(peer.Pid, stat.StartTime).Word;
        Assert.Equal(0, Shmem.Backends.Interop.LibcProcess.Kill(peer.Pid, 19)); // SIGSTOP
        Assert.Equal(MutexEntry.TimedOut, mutex.Enter(TimeSpan.FromMilliseconds(200), Token));
        await peer.Kill();
        Assert.Equal(MutexEntry.Abandoned, mutex.Enter(Patience, Token));
    }

    [Fact]
    public void A_mutex_of_another_pid_namespace_is_refused()
    {
        using var segment = new HeapShMemProvider().Create(64);
        segment.Ref<ulong>(8) = Incarnation.Namespace + 1;
        Assert.Equal(ShMemError.Unsupported, Assert.Throws<ShMemException>(() => new SharedMutex(segment, 0)).Error);
    }

    [Fact]
    public void Entering_and_leaving_allocate_nothing()
    {
        using var segment = new HeapShMemProvider().Create(64);
        using var mutex = new SharedMutex(segment, 0);
        Assert.Equal(0, Allocations.OfRounds(Round));

        void Round()
        {
            mutex.Enter();
            mutex.Enter(TimeSpan.FromTicks(1000));
            mutex.Exit();
        }
    }

    private static void CheckNext(SharedMutex mutex, MutexEntry expected)
    {
        Assert.Equal(expected, mutex.Enter(Patience));
        mutex.Exit();
        Assert.Equal(MutexEntry.Entered, mutex.Enter(TimeSpan.Zero));
        mutex.Exit();
    }

    private static string Argument(ShMem segment) => $"{segment.Id}/{segment.Length}";
}
