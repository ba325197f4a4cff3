using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

/// <summary>Each refusal says what was asked, why not and what to do.</summary>
public sealed class LeaseRefusalTests
{
    private static readonly LeaseOutcome[] Refusals = [.. Enum.GetValues<LeaseOutcome>().Where(LeaseRefusal.IsRefusal)];

    [Fact]
    public void What_changed_something_or_stood_before_is_no_refusal() =>
        Assert.Equal([LeaseOutcome.Granted, LeaseOutcome.AlreadyHeld, LeaseOutcome.Released, LeaseOutcome.Freed, LeaseOutcome.Done, LeaseOutcome.AlreadyDone],
            Enum.GetValues<LeaseOutcome>().Except(Refusals));

    [Fact]
    public void Each_has_a_reason_and_a_remedy_of_its_own()
    {
        var said = Refusals.Select(outcome => LeaseRefusal.Of(outcome, "the operation")).ToList();
        Assert.All(said, refusal => Assert.StartsWith("the operation: ", refusal.Message));
        Assert.All(said, refusal => Assert.EndsWith(refusal.Remedy, refusal.Message));
        Assert.All(said, refusal => Assert.True(refusal.Remedy.Length > 10, refusal.Remedy));
        Assert.All(said, refusal => Assert.True(refusal.Message.Length > "the operation: ".Length + refusal.Remedy.Length + 10, refusal.Message));
        Assert.Equal(said.Count, said.Select(refusal => refusal.Message).Distinct().Count());
    }

    [Fact]
    public void What_is_no_refusal_is_not_made_one() => Assert.Throws<ArgumentOutOfRangeException>(() => LeaseRefusal.Of(LeaseOutcome.Done, "the operation"));

    [Fact]
    public void Ids_and_tokens_are_named_as_people_read_them() =>
        Assert.Equal("process 7 (pid 8) has fork 9", $"{new HolderId(7, 8, 1)} has {new ForkToken(9)}");
}
