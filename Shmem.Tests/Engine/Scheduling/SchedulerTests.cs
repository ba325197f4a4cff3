using FsCheck;
using FsCheck.Xunit;
using Shmem.Sample.Fuzzer.Engine.Scheduling;
using Shmem.Sample.Fuzzer.Mutators;
using Xunit;

namespace Shmem.Tests.Engine.Scheduling;

public sealed class SchedulerTests
{
    private const int MapLength = 64;

    [Property]
    public void The_favoured_cover_every_edge_seen(NonEmptyArray<Run> runs)
    {
        var scheduler = Observed(runs.Get);
        var rng = new Rng(1);
        scheduler.Pick(ref rng);

        var seen = runs.Get.Aggregate(0ul, (all, run) => all | run.Edges);
        var favoured = Enumerable.Range(0, scheduler.Count).Where(scheduler.IsFavoured).ToList();
        Assert.Equal(seen, favoured.Aggregate(0ul, (all, entry) => all | runs.Get[entry].Edges));
    }

    [Property]
    public void No_favoured_entry_is_dearer_than_another_on_all_its_edges(NonEmptyArray<Run> runs)
    {
        var scheduler = Observed(runs.Get);
        var rng = new Rng(1);
        scheduler.Pick(ref rng);
        foreach (var entry in Enumerable.Range(0, scheduler.Count).Where(scheduler.IsFavoured))
        {
            var run = runs.Get[entry];
            Assert.Contains(Enumerable.Range(0, MapLength), edge => run.Hits(edge) &&
                runs.Get.All(other => !other.Hits(edge) || other.Cost >= run.Cost));
        }
    }

    [Property]
    public void Weights_stay_positive_and_energy_in_its_range(NonEmptyArray<Run> runs, byte[] events, ulong seed)
    {
        var scheduler = Observed(runs.Get);
        var rng = new Rng(seed);
        foreach (var e in events)
        {
            var entry = e / 4 % scheduler.Count;
            switch (e % 4)
            {
                case 0: scheduler.ChildKilled(entry); break;
                case 1: scheduler.ChildFound(entry); break;
                case 2: Assert.InRange(scheduler.Pick(ref rng), 0, scheduler.Count - 1); break;
                default: scheduler.Add(new EntryStats(e, e)); break;
            }
        }

        Assert.All(Enumerable.Range(0, scheduler.Count), entry =>
        {
            Assert.True(scheduler.WeightOf(entry) > 0);
            Assert.InRange(scheduler.Energy(entry), 1, Scheduler.MaxEnergy);
        });
    }

    [Property]
    public void The_same_seed_gives_the_same_picks(NonEmptyArray<Run> runs, ulong seed)
    {
        Assert.Equal(Picks(), Picks());

        List<int> Picks()
        {
            var scheduler = Observed(runs.Get);
            var rng = new Rng(seed);
            return [.. Enumerable.Range(0, 50).Select(_ => scheduler.Pick(ref rng))];
        }
    }

    [Property]
    public void A_kill_at_least_halves_a_weight_until_it_is_tiny(NonEmptyArray<Run> runs, byte picks)
    {
        var scheduler = Observed(runs.Get);
        var rng = new Rng(5);
        for (var i = 0; i <= picks; i++)
            scheduler.Pick(ref rng);

        var first = scheduler.WeightOf(0);
        for (var kill = 0; kill < 5; kill++)
        {
            var before = scheduler.WeightOf(0);
            scheduler.ChildKilled(0);
            Assert.InRange(scheduler.WeightOf(0), 1ul, before / 2);
        }

        Assert.InRange(scheduler.WeightOf(0), 1ul, Math.Max(1ul, first >> 14));
    }

    [Fact]
    public void Entries_not_observed_come_first_each_once()
    {
        var scheduler = new Scheduler(MapLength);
        for (var i = 0; i < 5; i++)
            scheduler.Add(new EntryStats(10, 0));
        scheduler.Observe(1, new byte[MapLength], 100);
        var rng = new Rng(0);
        Assert.Equal([0, 2, 3, 4], Enumerable.Range(0, 4).Select(_ => scheduler.Pick(ref rng)));
        Assert.InRange(scheduler.Pick(ref rng), 0, 4);

        var late = scheduler.Add(new EntryStats(10, 0));
        Assert.Equal(late, scheduler.Pick(ref rng));
    }

    // It kills each process that begins with it, and so there would be no end of that.
    [Fact]
    public void A_new_entry_that_has_killed_before_it_was_picked_does_not_come_first()
    {
        var scheduler = new Scheduler(MapLength);
        for (var i = 0; i < 3; i++)
            scheduler.Add(new EntryStats(10, 0));
        scheduler.Observe(0, new byte[MapLength], 100);
        for (var kill = 0; kill < 6; kill++)
            scheduler.ChildKilled(1);
        var rng = new Rng(0);
        Assert.Equal(2, scheduler.Pick(ref rng));
        Assert.DoesNotContain(1, Enumerable.Range(0, 20).Select(_ => scheduler.Pick(ref rng)));

        // Nor do its children lose their first turn, who may be harmless.
        var child = scheduler.Add(new EntryStats(10, 1, Parent: 1));
        Assert.Equal(child, scheduler.Pick(ref rng));
    }

    [Fact]
    public void Every_entry_is_picked_in_the_end_even_a_killer()
    {
        var scheduler = Alike(50);
        for (var kill = 0; kill < 3; kill++)
            scheduler.ChildKilled(7);
        var counts = Count(scheduler, 20_000);
        Assert.All(counts, count => Assert.True(count > 0));
    }

    [Fact]
    public void A_parent_of_killers_is_picked_rarely_and_recovers()
    {
        var scheduler = Alike(10);
        for (var kill = 0; kill < 4; kill++)
            scheduler.ChildKilled(3);
        var shunned = Count(scheduler, 1_000);
        Assert.InRange(shunned[3], 0, 40);

        Count(scheduler, 50_000);
        var recovered = Count(scheduler, 1_000);
        Assert.InRange(recovered[3], 60, 140);
    }

    [Fact]
    public void A_favoured_entry_is_picked_much_more_than_one_that_brings_nothing()
    {
        var scheduler = Observed([new Run(0b1, 100, 10), new Run(0b1, 101, 10), new Run(0b1, 102, 10)]);
        var counts = Count(scheduler, 3_000);
        Assert.True(counts[0] > 5 * counts[1], $"{counts[0]} and {counts[1]}");
    }

    [Theory]
    [InlineData(1, 2, true)]
    [InlineData(3, 4, true)]
    [InlineData(4, 7, false)]
    [InlineData(7, 8, true)]
    [InlineData(31, 32, true)]
    [InlineData(32, 127, false)]
    [InlineData(127, 128, true)]
    [InlineData(128, 255, false)]
    public void A_hit_count_in_another_of_afls_buckets_counts_as_rare(byte cheap, byte dear, bool isRare)
    {
        var scheduler = new Scheduler(1);
        scheduler.Observe(scheduler.Add(new EntryStats(10, 0)), [cheap], 100);
        scheduler.Observe(scheduler.Add(new EntryStats(10, 0)), [dear], 200);
        var rng = new Rng(0);
        scheduler.Pick(ref rng);
        Assert.Equal((true, false), (scheduler.IsFavoured(0), scheduler.IsFavoured(1)));
        Assert.Equal(isRare, scheduler.WeightOf(1) > (1ul << 24) * 4);
    }

    [Fact]
    public void A_child_is_shunned_as_its_parent_is()
    {
        var scheduler = Alike(4);
        scheduler.ChildKilled(0);
        var child = scheduler.Add(new EntryStats(10, 1, Parent: 0));
        var other = scheduler.Add(new EntryStats(10, 1, Parent: 1));
        Assert.Equal(scheduler.WeightOf(other) / 8, scheduler.WeightOf(child));
    }

    [Fact]
    public void Of_two_favoured_the_one_with_a_rare_edge_is_picked_more()
    {
        var runs = Enumerable.Range(0, 20).Select(i => new Run(0b01, (ushort)(101 + i), 10)).ToList();
        var scheduler = Observed([new Run(0b01, 100, 10), new Run(0b10, 100, 10), .. runs]);
        var counts = Count(scheduler, 10_000);
        Assert.True(counts[1] > 2 * counts[0], $"{counts[1]} and {counts[0]}");
    }

    [Fact]
    public void A_slow_entry_is_picked_less_and_runs_less()
    {
        var scheduler = Observed([new Run(0b01, 100, 10), new Run(0b10, 5_000, 10)]);
        var counts = Count(scheduler, 10_000);
        Assert.True(counts[0] > 3 * counts[1], $"{counts[0]} and {counts[1]}");
        Assert.True(scheduler.Energy(0) > 3 * scheduler.Energy(1));
    }

    [Fact]
    public void A_parent_that_finds_is_picked_more_for_a_while()
    {
        var scheduler = Alike(4);
        Count(scheduler, 1_000);
        var before = scheduler.WeightOf(2);
        scheduler.ChildFound(2);
        Assert.True(scheduler.WeightOf(2) > before);
        Count(scheduler, 1_000);
        Assert.InRange(scheduler.WeightOf(2), before * 9 / 10, before * 11 / 10);
    }

    [Fact]
    public void Picking_allocates_nothing()
    {
        var scheduler = Alike(300);
        var rng = new Rng(0);
        scheduler.Pick(ref rng);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 10_000; i++)
            scheduler.ChildKilled(scheduler.Pick(ref rng));
        Assert.Equal(before, GC.GetAllocatedBytesForCurrentThread());
    }

    [Fact]
    public void A_killer_gets_few_executions_even_when_it_is_picked()
    {
        var scheduler = Alike(2);
        for (var kill = 0; kill < 3; kill++)
            scheduler.ChildKilled(1);
        Assert.InRange(scheduler.Energy(0), Scheduler.UsualEnergy, Scheduler.MaxEnergy);
        Assert.Equal(1, scheduler.Energy(1));
    }

    [Fact]
    public void A_pick_of_a_very_slow_entry_does_not_hold_up_the_others()
    {
        var scheduler = new Scheduler(MapLength);
        scheduler.Observe(scheduler.Add(new EntryStats(10, 0)), new byte[MapLength], 30_000_000);
        Assert.Equal(3, scheduler.Energy(0));
    }

    [Fact]
    public void Before_its_run_the_time_that_its_finder_took_counts()
    {
        var scheduler = Alike(2);
        var slow = scheduler.Add(new EntryStats(10, 0, Nanoseconds: 1_000_000_000));
        var unknown = scheduler.Add(new EntryStats(10, 0));
        Assert.True(scheduler.WeightOf(slow) * 8 < scheduler.WeightOf(unknown));
        Assert.False(scheduler.IsObserved(slow));
    }

    [Property]
    public void What_was_handed_on_is_as_it_was(byte[] events, ulong seed)
    {
        var (before, after) = (Alike(8), Alike(8));
        var rng = new Rng(seed);
        foreach (var e in events)
        {
            if (e % 3 == 0) before.ChildKilled(e / 3 % 8);
            else if (e % 3 == 1) before.ChildFound(e / 3 % 8);
            else before.Pick(ref rng);
        }

        for (var entry = 0; entry < 8; entry++)
            after.Restore(entry, before.MemoryOf(entry));
        // The favoured are chosen at the first pick.
        before.Pick(ref rng);
        after.Pick(ref rng);
        for (var entry = 0; entry < 8; entry++)
            after.Restore(entry, before.MemoryOf(entry));
        Assert.All(Enumerable.Range(0, 8), entry =>
        {
            Assert.Equal(before.MemoryOf(entry), after.MemoryOf(entry));
            Assert.Equal(before.WeightOf(entry), after.WeightOf(entry));
        });
    }

    [Fact]
    public void An_entry_that_was_picked_before_is_no_new_one()
    {
        var scheduler = Alike(3);
        var known = scheduler.Add(new EntryStats(10, 0));
        scheduler.Restore(known, new EntryMemory(4, Shun: 9 * 16, 0));
        var fresh = scheduler.Add(new EntryStats(10, 0));
        var rng = new Rng(0);
        Assert.Equal(fresh, scheduler.Pick(ref rng));
        Assert.InRange(Count(scheduler, 1_000)[known], 0, 100);
    }

    [Property]
    public void A_damaged_memory_does_no_harm(int picks, int shun, float yield)
    {
        var scheduler = Alike(2);
        scheduler.Restore(0, new EntryMemory(picks, shun, yield));
        Assert.True(scheduler.WeightOf(0) > 0);
        Assert.InRange(scheduler.Energy(0), 1, Scheduler.MaxEnergy);
    }

    [Fact]
    public void Wrong_use_is_refused()
    {
        var scheduler = new Scheduler(MapLength);
        Assert.Throws<InvalidOperationException>(() =>
        {
            var rng = new Rng(0);
            scheduler.Pick(ref rng);
        });
        scheduler.Add(new EntryStats(1, 0));
        Assert.Throws<ArgumentException>(() => scheduler.Observe(0, new byte[MapLength - 1], 1));
        scheduler.Observe(0, new byte[MapLength], 1);
        Assert.Throws<InvalidOperationException>(() => scheduler.Observe(0, new byte[MapLength], 1));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.Energy(1));
        Assert.Throws<ArgumentOutOfRangeException>(() => scheduler.ChildKilled(-1));
    }

    private static Scheduler Observed(Run[] runs)
    {
        var scheduler = new Scheduler(MapLength);
        foreach (var run in runs)
            scheduler.Observe(scheduler.Add(new EntryStats(run.Length, 0)), run.Map(), run.Nanoseconds);
        return scheduler;
    }

    /// <summary>So many entries, each with an edge of its own.</summary>
    private static Scheduler Alike(int count) =>
        Observed([.. Enumerable.Range(0, count).Select(i => new Run(1ul << (i % MapLength), (ushort)100, 10))]);

    private static int[] Count(Scheduler scheduler, int picks)
    {
        var rng = new Rng(11);
        var counts = new int[scheduler.Count];
        for (var i = 0; i < picks; i++)
            counts[scheduler.Pick(ref rng)]++;
        return counts;
    }

    /// <summary>An unmutated run: bit n says that edge n was hit.</summary>
    public sealed record Run(ulong Edges, ushort Time, byte Length)
    {
        public long Nanoseconds => Math.Max(1, (int)Time);

        public long Cost => (Nanoseconds + Length / 8) * Math.Max(1, (int)Length);

        public bool Hits(int edge) => (Edges >> edge & 1) != 0;

        public byte[] Map() => [.. Enumerable.Range(0, MapLength).Select(edge => (byte)(Hits(edge) ? edge + 1 : 0))];
    }
}
