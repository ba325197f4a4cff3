using Shmem.Actors.Workers;
using Xunit;

namespace Shmem.Tests.Workers;

/// <summary>How long the next start waits after deaths before any execution, and when there is none.</summary>
public sealed class EarlyDeathCountTests
{
    private static readonly WorkerOptions Options = new(new WorkerLaunch(new WorkerCommand("none", [])), default)
    {
        BackOff = TimeSpan.FromMilliseconds(200), LongestBackOff = TimeSpan.FromSeconds(1), EarlyDeaths = 6,
    };

    private readonly EarlyDeathCount _count = new();

    [Fact]
    public void Each_wait_is_twice_the_last_one_up_to_the_longest_and_then_it_gives_up()
    {
        Assert.Equal([200, 400, 800, 1000, 1000, null], Enumerable.Range(0, 6).Select(_ => _count.Add(Options)?.TotalMilliseconds));
        Assert.True(_count.HasGivenUp);
    }

    [Fact]
    public void The_defaults_wait_three_seconds_in_all_and_give_up_with_the_fifth()
    {
        var options = new WorkerOptions(Options.Launch, default);
        Assert.Equal([200, 400, 800, 1600, null], Enumerable.Range(0, 5).Select(_ => _count.Add(options)?.TotalMilliseconds));
    }

    [Fact]
    public void However_many_there_are_the_wait_is_the_longest()
    {
        var patient = Options with { EarlyDeaths = 1000, LongestBackOff = TimeSpan.MaxValue };
        for (var death = 1; death < 40; death++) _count.Add(patient);
        Assert.Equal(TimeSpan.FromMilliseconds(200) * Math.Pow(2, 30), _count.Add(patient));
        Assert.Equal(TimeSpan.FromSeconds(1), _count.Add(patient with { LongestBackOff = TimeSpan.FromSeconds(1) }));
    }

    [Fact]
    public void Who_has_one_attempt_gives_up_at_once()
    {
        Assert.Null(_count.Add(Options with { EarlyDeaths = 1 }));
        Assert.Equal((true, false), (_count.HasGivenUp, _count.IsWaiting));
    }

    [Fact]
    public void It_waits_from_a_death_until_it_is_told_that_the_wait_is_over()
    {
        Assert.False(_count.IsWaiting);
        _count.Add(Options);
        Assert.True(_count.IsWaiting);
        _count.WaitIsOver();
        Assert.False(_count.IsWaiting);
        Assert.False(_count.HasGivenUp);
    }

    [Fact]
    public void One_that_worked_breaks_the_row()
    {
        for (var death = 1; death < 6; death++) _count.Add(Options);
        _count.Reset();
        Assert.Equal(TimeSpan.FromMilliseconds(200), _count.Add(Options));
        for (var death = 2; death <= 6; death++) _count.Add(Options);
        Assert.True(_count.HasGivenUp);
        _count.Reset();
        Assert.False(_count.HasGivenUp);
    }

    [Fact]
    public void While_the_spare_s_wait_lasts_and_when_it_has_given_up_no_spare_is_wanted()
    {
        var roster = new SlotRoster(Options with { Slots = 2, EarlyDeaths = 2 });
        Assert.Equal(3, roster.UnassignedWanted);
        var spare = roster.DeathsOf(null);

        spare.Add(Options with { EarlyDeaths = 2 });
        Assert.Equal(2, roster.UnassignedWanted);
        spare.WaitIsOver();
        Assert.Equal(3, roster.UnassignedWanted);
        spare.Add(Options with { EarlyDeaths = 2 });
        Assert.Equal(2, roster.UnassignedWanted);
        // Another has become ready.
        spare.Reset();
        Assert.Equal(3, roster.UnassignedWanted);
    }

    [Fact]
    public void A_slot_s_deaths_are_its_own()
    {
        var roster = new SlotRoster(Options with { Slots = 2, KeepsSpare = false });
        var first = roster.Vacant.First();

        for (var death = 1; death <= 6; death++) first.EarlyDeaths.Add(Options);

        Assert.False(first.IsOpen);
        Assert.Equal([1], roster.Vacant.Select(slot => slot.Number));
        Assert.Equal((1, true), (roster.UnassignedWanted, roster.HasOpen));
        // A process without a slot is charged to one that still waits for it.
        Assert.Equal(1, roster.Charged(null)?.Number);
        roster.Vacant.Single().EarlyDeaths.Add(Options);
        Assert.Equal(0, roster.UnassignedWanted);
        Assert.True(roster.HasOpen);
    }
}
