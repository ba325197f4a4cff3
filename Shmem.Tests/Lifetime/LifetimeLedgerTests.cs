using Shmem.Backends;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

/// <summary>What comes first of forks and restarts.</summary>
public sealed class LifetimeLedgerTests
{
    private static readonly HolderId Parent = new(1, 10, 1);
    private static readonly HolderId Worker = new(2, 20, 1);

    [Theory]
    [InlineData(30, 0, 30)]
    [InlineData(0, 40, 40)]
    [InlineData(30, 40, 30)]
    [InlineData(40, 30, 30)]
    public void What_is_due_first_is_told(int fork, int restart, int first)
    {
        var ledger = new LifetimeLedger();
        Assert.Null(ledger.NextDue);
        ledger.Leases.Add(Parent, ShMemId.Parse("heap:1"));
        ledger.Leases.Acquire(Worker, ShMemId.Parse("heap:1"));
        if (fork > 0) Assert.Equal(LeaseOutcome.Done, ledger.Forks.Prepare(Parent, TimeSpan.FromSeconds(fork), TimeSpan.Zero, out _));
        if (restart > 0)
        {
            Assert.Equal(LeaseOutcome.Done, ledger.Restarts.Announce(Worker, TimeSpan.FromSeconds(restart)));
            ledger.HolderGone(Worker, TimeSpan.Zero);
        }

        Assert.Equal(TimeSpan.FromSeconds(first), ledger.NextDue);
        ledger.Expire(TimeSpan.FromSeconds(first));
        Assert.Equal(fork > 0 && restart > 0 ? TimeSpan.FromSeconds(Math.Max(fork, restart)) : null, ledger.NextDue);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(3601)]
    public void A_restart_that_is_given_no_time_or_too_much_is_refused(int seconds)
    {
        var ledger = new LifetimeLedger();
        Assert.Equal(LeaseOutcome.BadLimit, ledger.Restarts.Announce(Worker, TimeSpan.FromSeconds(seconds)));
        Assert.Null(ledger.NextDue);
    }
}
