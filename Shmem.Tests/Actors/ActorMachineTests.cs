using Akka.TestKit.Xunit;
using FsCheck.Xunit;
using Shmem.Tests.Lifetime;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>The machine of <see cref="LifetimeMachineTests"/>, over the actor: every request is answered as specified, every end is published.</summary>
public sealed class ActorMachineTests(ITestOutputHelper output)
    : TestKit("""akka { loglevel = ERROR, scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" }""")
{
    private const int MostOpenForks = 3;

    [Property(MaxTest = 20, StartSize = 1, EndSize = 300, Arbitrary = [typeof(LifetimeCommand.Arbitraries)])]
    public Task Whatever_the_order_of_events_the_actor_keeps_the_rules(LifetimeCommand[] commands) => Run(commands);

    [Fact]
    public Task A_million_steps_keep_the_rules() => LongMode.RunSequences(output, sequence => sequence < 1000, count: 1000, Run);

    private async Task Run(IEnumerable<LifetimeCommand> commands)
    {
        var world = new LifetimeWorld();
        var specification = new LifetimeSpecification(MostOpenForks);
        await using var actor = new ActorLedgers(Sys, MostOpenForks);
        foreach (var command in commands)
        {
            var step = world.Resolve(command);
            var expected = specification.Apply(step);
            var (actual, refused) = await actor.Apply(step);
            var specified = expected with { Answer = null };
            if (specified != actual || LifetimeOutcome.Refusal(expected.Answer) != refused)
                Assert.Fail($"{step}:\nspecified {specified} {LifetimeOutcome.Refusal(expected.Answer)}\nhappened  {actual} {refused}");
            world.Happened(step, expected.Answer);
        }
    }
}
