using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

/// <summary>The cases that went wrong elsewhere, one by one; <see cref="LifetimeMachineTests"/> has every order.</summary>
public sealed class ForkLedgerTests
{
    private static readonly ShMemId Map = ShMemId.Parse("heap:1");
    private static readonly HolderId Parent = new(1, 100, 5000);
    private static readonly TimeSpan Limit = ForkLedger.ShortestLimit;

    private readonly LifetimeLedger _ledger = new();

    public ForkLedgerTests() => _ledger.Leases.Add(Parent, Map);

    // LESSONS: "LibAFL 276: parent dies before the forked child reconnects: maps lost".
    [Fact]
    public void A_child_gets_its_leases_though_its_parent_died_first()
    {
        var fork = Prepare(Parent);
        _ledger.HolderGone(Parent, TimeSpan.Zero);

        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Claim(fork.Token, Child(fork)));

        Assert.Empty(_ledger.Leases.TakeFreed());
        Assert.Equal(1, _ledger.Leases.Count(Map));
        Assert.Equal(LeaseOutcome.Freed, _ledger.Leases.Release(Child(fork), Map));
    }

    // LESSONS: "`forking_clients` never expires".
    [Fact]
    public void A_child_that_never_says_hello_keeps_nothing_after_the_time_limit()
    {
        Prepare(Parent);
        _ledger.HolderGone(Parent, TimeSpan.Zero);
        Assert.Equal(Limit, _ledger.NextDue);

        _ledger.Expire(Limit - TimeSpan.FromTicks(1));
        Assert.True(_ledger.Leases.Lives(Map));
        _ledger.Expire(Limit);

        Assert.Equal([Map], _ledger.Leases.TakeFreed());
        Assert.Null(_ledger.NextDue);
    }

    // LESSONS: "child dies between PreFork and PostFork: parent hangs".
    [Fact]
    public void A_child_that_is_known_and_dies_ends_the_token_at_once()
    {
        var fork = Prepare(Parent);
        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Report(fork.Token, Parent, Child(fork)));

        _ledger.HolderGone(Child(fork), TimeSpan.Zero);

        Assert.Equal([new EndedFork(fork.Token, Parent, Child(fork), ForkEnd.ChildGone)], _ledger.Forks.TakeEnded());
        Assert.Equal(LeaseOutcome.NoSuchFork, _ledger.Forks.Report(fork.Token, Parent, Child(fork)));
        Assert.Equal(LeaseOutcome.Freed, _ledger.Leases.Release(Parent, Map));
        Assert.Equal([Map], _ledger.Leases.TakeFreed());
    }

    // LESSONS: "PostFork without PreFork: service thread dies".
    [Fact]
    public void A_token_that_was_never_given_is_refused()
    {
        var nobody = new HolderId(ForkLedger.FirstChildNumber, 7, 1);

        Assert.Equal(LeaseOutcome.NoSuchFork, _ledger.Forks.Report(new ForkToken(1), Parent, nobody));
        Assert.Equal(LeaseOutcome.NoSuchFork, _ledger.Forks.Claim(new ForkToken(1), nobody));
        Assert.Equal(LeaseOutcome.NoSuchFork, _ledger.Forks.Abort(new ForkToken(1), Parent));
    }

    [Fact]
    public void A_token_serves_its_own_child_only_and_once()
    {
        var fork = Prepare(Parent);
        var other = Prepare(Parent);

        Assert.Equal(LeaseOutcome.NotTheChild, _ledger.Forks.Claim(fork.Token, Child(other)));
        Assert.Equal(LeaseOutcome.NotTheChild, _ledger.Forks.Claim(fork.Token, Parent));
        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Claim(fork.Token, Child(fork)));
        Assert.Equal(LeaseOutcome.AlreadyDone, _ledger.Forks.Claim(fork.Token, Child(fork)));
        Assert.Equal(LeaseOutcome.NotTheChild, _ledger.Forks.Claim(fork.Token, Child(fork) with { Pid = 9 }));
        // The parent's report may come last, and must be about the same process.
        Assert.Equal(LeaseOutcome.NotTheChild, _ledger.Forks.Report(fork.Token, Parent, Child(fork) with { Pid = 9 }));
        Assert.Equal(LeaseOutcome.AlreadyDone, _ledger.Forks.Report(fork.Token, Parent, Child(fork)));
    }

    [Fact]
    public void Of_claim_and_abort_the_first_wins()
    {
        var claimed = Prepare(Parent);
        var aborted = Prepare(Parent);

        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Claim(claimed.Token, Child(claimed)));
        Assert.Equal(LeaseOutcome.AlreadyClaimed, _ledger.Forks.Abort(claimed.Token, Parent));
        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Abort(aborted.Token, Parent));
        Assert.Equal(LeaseOutcome.NoSuchFork, _ledger.Forks.Claim(aborted.Token, Child(aborted)));
        Assert.Equal(2, _ledger.Leases.Count(Map));
    }

    [Fact]
    public void A_fork_of_a_fork_holds_what_its_own_parent_held()
    {
        var child = Prepare(Parent);
        _ledger.Forks.Claim(child.Token, Child(child));
        _ledger.HolderGone(Parent, TimeSpan.Zero);
        var grandchild = Prepare(Child(child));
        Assert.Equal(1, grandchild.Leases);
        _ledger.HolderGone(Child(child), TimeSpan.Zero);

        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Claim(grandchild.Token, Child(grandchild)));
        Assert.Equal(1, _ledger.Leases.Count(Map));
    }

    [Fact]
    public void A_fork_survives_its_parents_restart()
    {
        var fork = Prepare(Parent);
        _ledger.Restarts.Announce(Parent, TimeSpan.FromSeconds(1));
        _ledger.HolderGone(Parent, TimeSpan.Zero);
        _ledger.Expire(TimeSpan.FromSeconds(1));

        Assert.Empty(_ledger.Leases.TakeFreed());
        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Claim(fork.Token, Child(fork)));
        Assert.Equal(1, _ledger.Leases.Count(Map));
    }

    [Fact]
    public void A_segment_whose_late_child_lives_is_freed_and_its_id_may_come_again()
    {
        var fork = Prepare(Parent);
        _ledger.Forks.Report(fork.Token, Parent, Child(fork));
        _ledger.HolderGone(Parent, TimeSpan.Zero);
        _ledger.Expire(Limit);
        Assert.Equal([Map], _ledger.Leases.TakeFreed());
        Assert.Equal(LeaseOutcome.NoSuchSegment, _ledger.Leases.Acquire(Child(fork), Map));

        Assert.Equal(LeaseOutcome.Granted, _ledger.Leases.Add(new HolderId(2, 200, 1), Map));

        // Its end is not the end of what it never held.
        _ledger.HolderGone(Child(fork), Limit);
        Assert.True(_ledger.Leases.Lives(Map));
        Assert.Empty(_ledger.Leases.TakeFreed());
    }

    [Fact]
    public void A_process_may_have_only_so_many_open_forks()
    {
        var first = Prepare(Parent);
        for (var i = 1; i < ForkLedger.MostOpen; i++) Prepare(Parent);

        Assert.Equal(LeaseOutcome.TooManyForks, _ledger.Forks.Prepare(Parent, Limit, TimeSpan.Zero, out _));
        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Prepare(new HolderId(2, 200, 1), Limit, TimeSpan.Zero, out _));
        _ledger.Forks.Abort(first.Token, Parent);
        Prepare(Parent);
    }

    private PreparedFork Prepare(HolderId parent)
    {
        Assert.Equal(LeaseOutcome.Done, _ledger.Forks.Prepare(parent, Limit, TimeSpan.Zero, out var prepared));
        return prepared;
    }

    private static HolderId Child(PreparedFork fork) => new(fork.ChildNumber, 300, 1);
}
