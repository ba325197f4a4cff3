using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;
using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

public sealed class LeaseTableTests
{
    private static readonly ShMemId Map = ShMemId.Parse("heap:1");
    private static readonly HolderId First = new(1, 100, 5000);
    private static readonly HolderId Second = new(2, 200, 6000);

    [Fact]
    public void A_segment_lives_exactly_as_long_as_somebody_holds_it()
    {
        var table = new LeaseTable();

        Assert.Equal(LeaseOutcome.Granted, table.Add(First, Map));
        Assert.Equal(LeaseOutcome.Granted, table.Acquire(Second, Map));
        Assert.Equal(LeaseOutcome.Released, table.Release(First, Map));
        Assert.Equal(LeaseOutcome.Freed, table.Release(Second, Map));
        Assert.Equal(LeaseOutcome.NoSuchSegment, table.Acquire(First, Map));
    }

    [Fact]
    public void Acquiring_again_is_the_same_lease_so_one_release_ends_it()
    {
        var table = new LeaseTable();
        table.Add(First, Map);

        Assert.Equal(LeaseOutcome.AlreadyHeld, table.Acquire(First, Map));
        Assert.Equal(1, table.Leases);
        Assert.Equal(LeaseOutcome.Freed, table.Release(First, Map));
    }

    [Fact]
    public void A_later_process_with_the_same_pid_holds_nothing_of_the_earlier_one()
    {
        var table = new LeaseTable();
        table.Add(First, Map);

        Assert.Equal(LeaseOutcome.NotHeld, table.Release(First with { KernelStartTime = 5001 }, Map));
        Assert.Equal(1, table.Count(Map));
    }

    [Fact]
    public void A_request_that_outlives_its_sender_gets_no_lease()
    {
        var table = new LeaseTable();
        table.Add(First, Map);
        table.HolderGone(Second, TimeSpan.Zero);

        Assert.Equal(LeaseOutcome.HolderIsGone, table.Acquire(Second, Map));
        Assert.Equal(LeaseOutcome.HolderIsGone, table.Add(Second, ShMemId.Parse("heap:2")));
        Assert.Equal(1, table.Segments);
    }

    [Property(MaxTest = 300, Arbitrary = [typeof(Arbitraries)])]
    public void Whatever_the_order_of_events_the_table_meets_its_specification(LeaseEvent[] events)
    {
        var table = new LeaseTable();
        var specification = new LeaseSpecification();
        var now = TimeSpan.Zero;
        foreach (var e in events)
        {
            now += TimeSpan.FromMinutes(e.Minutes);
            var (outcome, freed) = e.ApplyTo(table, now);
            Assert.Equal(specification.Apply(e, now), (outcome, string.Join(' ', freed.Select(id => id.ToString()).Order())));
            Assert.Equal(specification.Counts, (table.Segments, table.Holders, table.Leases));
        }
    }

    /// <summary>Few holders and few segments, so that they meet; time goes on, so that dead holders are forgotten.</summary>
    public static class Arbitraries
    {
        public static Arbitrary<LeaseEvent> Events() => Arb.From(
            from kind in Gen.Elements(Enum.GetValues<LeaseEventKind>())
            from holder in Gen.Choose(1, 4)
            from segment in Gen.Choose(1, 4)
            from minutes in Gen.Frequency((6, Gen.Constant(0)), (1, Gen.Choose(1, 6)))
            select new LeaseEvent(kind, holder, segment, minutes),
            e => from minutes in Enumerable.Range(0, e.Minutes) select e with { Minutes = minutes });
    }
}
