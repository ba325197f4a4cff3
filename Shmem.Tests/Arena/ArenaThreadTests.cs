using Shmem.Backends;
using Shmem.Backends.Arena;
using Shmem.Backends.Heap;
using Xunit;

namespace Shmem.Tests.Arena;

/// <summary>Threads of one arena object, which have one bit in a cell's word together.</summary>
public sealed class ArenaThreadTests
{
    [Fact]
    public void A_description_of_an_earlier_cell_opens_nothing_while_its_place_is_given_anew()
    {
        using var segment = new HeapShMemProvider().Create(SharedArena.SizeFor(64, 1));
        using var arena = SharedArena.Create(segment, 64);
        var earlier = Recycle(arena);
        bool? opened = null;
        Probe.At = (ArenaStep.Claimed, () => opened = arena.TryOpen(earlier));
        Assert.True(arena.TryAllocate<Probe>(64, out _));
        Assert.False(opened);
    }

    // All threads of an arena object share one bit in a cell's word: the attempt that is refused must not take back what another thread has got.
    [Fact]
    public void A_refused_attempt_ends_nothing_that_another_thread_has_opened()
    {
        using var segment = new HeapShMemProvider().Create(SharedArena.SizeFor(64, 1));
        using var arena = SharedArena.Create(segment, 64);
        using var other = SharedArena.Open(segment);
        var earlier = Recycle(arena);
        var now = arena.Allocate(64);
        Assert.Equal(earlier.Offset, now.Offset);
        var opened = false;
        var beside = new Thread(() => opened = other.TryOpen(now));
        Probe.At = (ArenaStep.Joined, () =>
        {
            beside.Start();
            // Until it has its answer, or waits for ours.
            while (beside.IsAlive && !beside.ThreadState.HasFlag(ThreadState.WaitSleepJoin)) Thread.Yield();
        });
        Assert.False(other.TryOpen<Probe>(earlier));
        beside.Join();
        Assert.True(opened);
        Assert.Equal(64, other.Bytes(now).Length);
    }

    // Who found its block taken believed that all were, and looked into no unused one ever after.
    [Fact]
    public void One_whose_block_another_has_filled_goes_on_in_the_next()
    {
        using var segment = new HeapShMemProvider().Create(SharedArena.SizeFor(4096, 4));
        using var arena = SharedArena.Create(segment, 4096);
        using var other = SharedArena.Open(segment);
        Probe.At = (ArenaStep.BlockAssigned, () => Assert.True(other.TryAllocate(4096, out _)));
        Assert.True(arena.TryAllocate<Probe>(4096, out _));
        Assert.True(arena.TryAllocate(4096, out _));
        Assert.True(arena.TryAllocate(4096, out _));
        Assert.False(arena.TryAllocate(4096, out _));
    }

    [Fact]
    public async Task Of_two_threads_that_free_a_cell_one_does_and_the_other_frees_nothing_that_is_given_there_next()
    {
        const int Rounds = 200_000;
        var token = TestContext.Current.CancellationToken;
        using var segment = new HeapShMemProvider().Create(SharedArena.SizeFor(64, 1));
        using var arena = SharedArena.Create(segment, 64);
        var cell = arena.Allocate(64);
        while (arena.TryAllocate(64, out _)) { }
        using var together = new Barrier(2);
        var otherFreed = false;
        var frees = Task.Factory.StartNew(() =>
        {
            for (var i = 0; i < Rounds; i++)
            {
                together.SignalAndWait(token);
                otherFreed = arena.Free(cell);
                together.SignalAndWait(token);
            }
        }, TaskCreationOptions.LongRunning);
        var (faults, next) = (0, cell);
        for (var i = 0; i < Rounds; i++)
        {
            together.SignalAndWait(token);
            var freed = arena.Free(cell);
            if (freed) arena.TryAllocate(64, out next);
            together.SignalAndWait(token);
            if (!freed) arena.TryAllocate(64, out next);
            if (freed == otherFreed || !arena.Free(next)) faults++;
            else next = arena.Allocate(64);
            cell = next;
        }

        await frees;
        Assert.Equal(0, faults);
    }

    [Fact]
    public async Task A_class_that_others_write_over_while_two_threads_read_it_leads_to_no_cell_beyond_its_block()
    {
        const int Rounds = 50, Length = 4096;
        using var segment = new HeapShMemProvider().Create(Length);
        using var together = new Barrier(2);
        var token = TestContext.Current.CancellationToken;
        var blocks = new ArenaBlocks[1 << 16];
        var beyond = 0;
        var others = Task.Factory.StartNew(() => Learn(64, 4), TaskCreationOptions.LongRunning);
        Learn(4, 64);
        await others;
        Assert.Equal(0, beyond);

        void Learn(int first, int second)
        {
            for (var round = 0; round < Rounds; round++)
            {
                if (first < second)
                {
                    for (var i = 0; i < blocks.Length; i++) blocks[i] = Block();
                }

                together.SignalAndWait(token);
                for (var i = 0; i < blocks.Length; i++)
                {
                    segment.Ref<int>(0) = i % 2 == 0 ? first : second;
                    blocks[i].CellSize(0);
                }

                together.SignalAndWait(token);
                if (first < second) beyond += blocks.Count(block => block.Offset(0, block.Cells(0) - 1) + block.CellSize(0) > Length);
            }
        }

        unsafe ArenaBlocks Block() => new(segment.Pointer, Length, 1, 64, why => throw new InvalidOperationException(why));
    }

    /// <summary>Fills an arena but for one cell, which was given and freed.</summary>
    private static ArenaCell Recycle(SharedArena arena)
    {
        var cell = arena.Allocate(64);
        while (arena.TryAllocate(64, out _)) { }
        Assert.True(arena.Free(cell));
        return cell;
    }

    /// <summary>Does something once, at a step of the thread that says so.</summary>
    private readonly struct Probe : IProbe<ArenaStep>
    {
        [ThreadStatic]
        private static (ArenaStep Step, Action Action)? _at;

        public static (ArenaStep Step, Action Action) At
        {
            set => _at = value;
        }

        public static void Reached(ArenaStep step)
        {
            if (_at is not { } at || at.Step != step) return;
            _at = null;
            at.Action();
        }
    }
}
