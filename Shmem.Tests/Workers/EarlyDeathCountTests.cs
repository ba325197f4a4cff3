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
    public void Each_wait_is_twice_the_last_one_up_to_the_longest_and_with_the_last_attempt_it_gives_up()
    {
        Assert.Equal([(200, false), (400, false), (800, false), (1000, false), (1000, false), (1000, true), (1000, true)], Waits(Options, 7));
    }

    [Fact]
    public void The_defaults_wait_three_seconds_in_all_and_give_up_with_the_fifth()
    {
        Assert.Equal([(200, false), (400, false), (800, false), (1600, false), (3200, true)], Waits(new WorkerOptions(Options.Launch, default), 5));
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
        _count.Add(Options with { EarlyDeaths = 1 });
        Assert.True(_count.HasGivenUp);
    }

    [Fact]
    public void The_longest_wait_has_not_helped_when_the_attempt_after_it_has_failed()
    {
        // 200, 400, 800, 1000.
        for (var death = 1; death <= 4; death++)
        {
            _count.Add(Options);
            Assert.False(_count.HasWaitedLongest);
        }

        _count.Add(Options);
        Assert.True(_count.HasWaitedLongest);
        _count.Reset();
        _count.Add(Options);
        Assert.False(_count.HasWaitedLongest);
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
        Assert.Equal((false, false), (_count.HasGivenUp, _count.IsWaiting));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void While_the_wait_after_a_failed_start_lasts_nobody_is_wanted_and_after_too_many_one_at_a_time(bool keepsSpare)
    {
        var options = Options with { Slots = 2, KeepsSpare = keepsSpare, EarlyDeaths = 2 };
        var roster = new SlotRoster(options);
        var all = keepsSpare ? 3 : 2;
        Assert.Equal(all, roster.UnassignedWanted);

        roster.FailedStarts.Add(options);
        Assert.Equal(0, roster.UnassignedWanted);
        roster.FailedStarts.WaitIsOver();
        Assert.Equal(all, roster.UnassignedWanted);
        roster.FailedStarts.Add(options);
        Assert.Equal(0, roster.UnassignedWanted);
        roster.FailedStarts.WaitIsOver();
        Assert.Equal(1, roster.UnassignedWanted);
        // The slots still want somebody: who is ready may have them.
        Assert.Equal(2, roster.Vacant.Count());
        // No slot waits for a spare.
        foreach (var slot in roster.Vacant.ToList()) slot.IsParked = true;
        Assert.Equal(0, roster.UnassignedWanted);
        // One has become ready.
        roster.FailedStarts.Reset();
        Assert.Equal(keepsSpare ? 1 : 0, roster.UnassignedWanted);
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
        roster.Vacant.Single().EarlyDeaths.Add(Options);
        Assert.Equal(0, roster.UnassignedWanted);
        Assert.True(roster.HasOpen);
    }

    private IEnumerable<(double Milliseconds, bool GivesUp)> Waits(WorkerOptions options, int deaths) =>
        Enumerable.Range(0, deaths).Select(_ => (_count.Add(options).TotalMilliseconds, _count.HasGivenUp));
}
