using System.Collections.Concurrent;
using Shmem.Backends;
using Shmem.Backends.Heap;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

/// <summary>Threads that create, open, clone, fork and dispose in each other's way: who has a view can use it, and at the end nothing is left.</summary>
public sealed class RcShMemProviderRaceTests
{
    private const int Threads = 8;
    private const int Steps = 20_000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Threads_that_create_clone_open_and_dispose_the_same_segments_leave_nothing(bool isHeap)
    {
        using var provider = new RcShMemProvider(isHeap ? new HeapShMemProvider() : new StdShMemProvider().Chosen);
        var shared = new ShMem?[16];
        var used = new ConcurrentDictionary<string, long>();
        using var start = new Barrier(Threads);

        await Task.WhenAll(Enumerable.Range(1, Threads).Select(n => Task.Factory.StartNew(() =>
        {
            var random = new Random(n);
            start.SignalAndWait();
            for (var i = 0; i < Steps; i++)
            {
                var slot = random.Next(shared.Length);
                var step = Step(provider, ref shared[slot], random.Next(5));
                used.AddOrUpdate(step, 1, (_, count) => count + 1);
            }
        }, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default)));

        foreach (var view in shared) view?.Dispose();
        Assert.Equal(0, provider.Segments);
        // It was no race unless both sides won now and then.
        foreach (var step in new[] { "created", "cloned", "opened", "too late" }) Assert.True(used.GetValueOrDefault(step) > 0, step);
    }

    [Fact]
    public async Task Of_a_claim_and_an_abort_that_race_exactly_one_wins()
    {
        using var provider = new RcShMemProvider(new HeapShMemProvider());
        using var map = provider.Create(64);
        using var start = new Barrier(2);
        for (var round = 0; round < 2_000; round++)
        {
            var fork = provider.PreFork(TimeSpan.FromMinutes(1));
            var child = new HolderId(fork.ChildNumber, 5, 6);
            // A race may always have the same winner. So that each side wins for certain, it goes first in one of the first two rounds.
            bool claimed, aborted;
            if (round == 0) Assert.Equal((true, false), (claimed, aborted) = (Claims(), Aborts()));
            else if (round == 1) Assert.Equal((true, false), (aborted, claimed) = (Aborts(), Claims()));
            else
            {
                var claim = AtOnce(Claims);
                var abort = AtOnce(Aborts);
                (claimed, aborted) = (await claim, await abort);
            }

            Assert.NotEqual(claimed, aborted);
            Assert.Equal(claimed ? 2 : 1, provider.Count(map.Id));
            provider.HolderGone(child);

            bool Claims() => Wins(() => provider.ClaimFork(fork.Token, child));
            bool Aborts() => Wins(() => provider.AbortFork(fork.Token));
        }

        Assert.Equal(1, provider.Segments);

        Task<bool> AtOnce(Func<bool> wins) => Task.Run(() =>
        {
            start.SignalAndWait();
            return wins();
        }, TestContext.Current.CancellationToken);
    }

    private static string Step(RcShMemProvider provider, ref ShMem? slot, int kind)
    {
        try
        {
            switch (kind)
            {
                case 0:
                    var fresh = provider.Create(64);
                    fresh.Ref<long>(0) = 4711;
                    Interlocked.Exchange(ref slot, fresh)?.Dispose();
                    return "created";
                case 1:
                    Volatile.Read(ref slot)?.Dispose();
                    return "disposed";
                case 2 when Volatile.Read(ref slot) is { } original:
                    using (var clone = original.Clone())
                    {
                        Assert.True(provider.Count(clone.Id) >= 1);
                        Use(provider, clone);
                    }

                    return "cloned";
                case 3 when Volatile.Read(ref slot) is { } original:
                    using (var opened = provider.Open(original.Description))
                    {
                        // A memfd that has just ended opens, uncounted, while another thread's copy of its descriptor happens to bear its number.
                        Assert.True(provider.Count(opened.Id) >= 1 || provider.Scheme == "memfd");
                        Use(provider, opened);
                    }

                    return "opened";
                case 4:
                    var fork = provider.PreFork(TimeSpan.FromMinutes(1));
                    var child = new HolderId(fork.ChildNumber, 5, 6);
                    provider.ClaimFork(fork.Token, child);
                    provider.HolderGone(child);
                    return "forked";
                default:
                    return "nothing";
            }
        }
        catch (ObjectDisposedException)
        {
            return "too late";
        }
        catch (ShMemException e) when (e.Error == ShMemError.NotFound)
        {
            return "too late";
        }
    }

    /// <summary>Who has a view has the bytes, and can open the segment once more.</summary>
    private static void Use(RcShMemProvider provider, ShMem view)
    {
        Assert.Equal(4711, view.Ref<long>(0));
        using var again = provider.Open(view.Description);
        Assert.Equal(4711, again.Ref<long>(0));
    }

    private static bool Wins(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (ShMemException)
        {
            return false;
        }
    }
}
