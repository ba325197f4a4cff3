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

    /// <summary>In sequences that begin anew, as the plain specification gets slower with all that it remembers. <c>SHMEM_LONG=1</c>; <c>SHMEM_SEED</c> repeats a run.</summary>
    [Fact]
    public async Task A_million_steps_keep_the_rules()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SHMEM_LONG") == "1", "It takes minutes: set SHMEM_LONG=1.");
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SHMEM_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"SHMEM_SEED={seed}");
        for (var sequence = 0; sequence < 1000; sequence++)
        {
            try
            {
                await Run(LifetimeCommand.Sequence(unchecked(seed + sequence), count: 1000));
            }
            catch (Exception e)
            {
                throw new InvalidOperationException($"SHMEM_SEED={seed}, sequence {sequence}: {e.Message}", e);
            }
        }
    }

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
            // Whether bytes may serve again nobody needs to know whose every segment is one of its own.
            var freed = LifetimeOutcome.Join(expected.Freed.Split(' ').Select(word => word.Split(':')[0]));
            var specified = expected with { Answer = null, Reusable = "", Freed = freed };
            if (specified != actual || LifetimeOutcome.Refusal(expected.Answer) != refused)
                Assert.Fail($"{step}:\nspecified {specified} {LifetimeOutcome.Refusal(expected.Answer)}\nhappened  {actual} {refused}");
            world.Happened(step, expected.Answer);
        }
    }
}
