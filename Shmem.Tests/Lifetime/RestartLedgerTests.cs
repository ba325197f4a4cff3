using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

// LESSONS: "LibAFL 163, 283, 1974, 3694: state lost across restart; SIGKILL leaves none".
public sealed class RestartLedgerTests
{
    private static readonly ShMemId Map = ShMemId.Parse("heap:1");
    private static readonly HolderId Old = new(1, 100, 5000);
    private static readonly HolderId New = new(2, 200, 6000);
    private static readonly HolderId Newer = new(3, 300, 7000);
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Death = TimeSpan.FromHours(5);

    private readonly LifetimeLedger _ledger = new();

    public RestartLedgerTests() => _ledger.Leases.Add(Old, Map);

    [Fact]
    public void The_grace_time_runs_from_the_report_of_the_death()
    {
        _ledger.Restarts.Announce(Old, Grace);
        Assert.Null(_ledger.NextDue);
        _ledger.HolderGone(Old, Death);
        Assert.Equal(Death + Grace, _ledger.NextDue);

        _ledger.Expire(Death + Grace - TimeSpan.FromTicks(1));
        Assert.True(_ledger.Leases.Lives(Map));
        _ledger.Expire(Death + Grace);

        // The process is gone, so nothing maps it any more.
        Assert.Equal([Map], _ledger.Leases.TakeFreed());
        Assert.Equal(LeaseOutcome.NoSuchRestart, _ledger.Restarts.Succeed(Old, New));
    }

    [Fact]
    public void Nothing_old_is_freed_before_the_successor_has_acknowledged()
    {
        _ledger.Restarts.Announce(Old, Grace);
        _ledger.HolderGone(Old, Death);
        Assert.Equal(LeaseOutcome.Done, _ledger.Restarts.Succeed(Old, New));
        Assert.Equal(LeaseOutcome.AlreadyDone, _ledger.Restarts.Succeed(Old, New));
        Assert.Equal(LeaseOutcome.Released, _ledger.Leases.Release(New, Map));
        Assert.Equal(LeaseOutcome.NotTheSuccessor, _ledger.Restarts.Acknowledge(Old, Newer));
        Assert.Empty(_ledger.Leases.TakeFreed());

        Assert.Equal(LeaseOutcome.Done, _ledger.Restarts.Acknowledge(Old, New));

        Assert.Equal([Map], _ledger.Leases.TakeFreed());
    }

    [Fact]
    public void A_successor_that_dies_unacknowledged_leaves_all_to_the_next()
    {
        _ledger.Restarts.Announce(Old, Grace);
        _ledger.HolderGone(Old, Death);
        _ledger.Restarts.Succeed(Old, New);
        Assert.Equal(LeaseOutcome.NotTheSuccessor, _ledger.Restarts.Succeed(Old, Newer));
        _ledger.HolderGone(New, Death);

        Assert.Equal(LeaseOutcome.Done, _ledger.Restarts.Succeed(Old, Newer));
        Assert.Equal(LeaseOutcome.Done, _ledger.Restarts.Acknowledge(Old, Newer));
        Assert.Equal(1, _ledger.Leases.Count(Map));
    }

    [Fact]
    public void A_successor_may_come_before_the_report_of_the_death()
    {
        _ledger.Restarts.Announce(Old, Grace);
        Assert.Equal(LeaseOutcome.Done, _ledger.Restarts.Succeed(Old, New));
        _ledger.HolderGone(Old, Death);
        Assert.Equal(1, _ledger.Restarts.Reserved);

        Assert.Equal(LeaseOutcome.Done, _ledger.Restarts.Acknowledge(Old, New));
        Assert.Equal(0, _ledger.Restarts.Reserved);
        Assert.Equal(1, _ledger.Leases.Count(Map));
    }

    [Fact]
    public void What_a_process_comes_to_hold_after_its_successor_has_come_is_the_successor_s_too()
    {
        var late = ShMemId.Parse("heap:2");
        _ledger.Restarts.Announce(Old, Grace);
        _ledger.Restarts.Succeed(Old, New);
        _ledger.Leases.Add(Old, late);
        _ledger.HolderGone(Old, Death);

        Assert.Equal(LeaseOutcome.Done, _ledger.Restarts.Acknowledge(Old, New));
        Assert.Empty(_ledger.Leases.TakeFreed());
        Assert.Equal((1, 1), (_ledger.Leases.Count(Map), _ledger.Leases.Count(late)));
    }

    [Fact]
    public void What_a_successor_has_released_does_not_come_back_to_it_by_the_death()
    {
        _ledger.Restarts.Announce(Old, Grace);
        _ledger.Restarts.Succeed(Old, New);
        Assert.Equal(LeaseOutcome.Released, _ledger.Leases.Release(New, Map));
        _ledger.HolderGone(Old, Death);

        Assert.Equal(LeaseOutcome.Done, _ledger.Restarts.Acknowledge(Old, New));
        Assert.Equal([Map], _ledger.Leases.TakeFreed());
    }

    [Fact]
    public void Who_announces_no_restart_leaves_nothing()
    {
        _ledger.HolderGone(Old, Death);

        Assert.Equal([Map], _ledger.Leases.TakeFreed());
        Assert.Equal(LeaseOutcome.NoSuchRestart, _ledger.Restarts.Succeed(Old, New));
        Assert.Equal(LeaseOutcome.HolderIsGone, _ledger.Restarts.Announce(Old, Grace));
    }

    [Fact]
    public void A_second_report_of_the_same_death_changes_nothing()
    {
        _ledger.Restarts.Announce(Old, Grace);
        _ledger.HolderGone(Old, Death);
        _ledger.HolderGone(Old, Death + Grace / 2);

        Assert.Equal(Death + Grace, _ledger.NextDue);
        Assert.True(_ledger.Leases.Lives(Map));
    }
}
