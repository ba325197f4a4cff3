using Akka.TestKit.Xunit;
using Shmem.Tests.Lifetime;
using Xunit;

namespace Shmem.Tests.Actors;

/// <summary>The machine of <see cref="LifetimeMachineTests"/>, over the actor: every request is answered as specified, every end is published.</summary>
public sealed class ActorMachineTests(ITestOutputHelper output)
    : TestKit("""akka { loglevel = ERROR, scheduler.implementation = "Akka.TestKit.TestScheduler, Akka.TestKit" }""")
{
    private const int MostOpenForks = 3;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public Task Whatever_the_order_of_events_the_actor_keeps_the_rules(int seed) => Run(seed, 1000);

    /// <summary><c>SHMEM_LONG=1</c>; <c>SHMEM_SEED</c> repeats a run.</summary>
    [Fact]
    public async Task A_hundred_thousand_steps_keep_the_rules()
    {
        Assert.SkipUnless(Environment.GetEnvironmentVariable("SHMEM_LONG") == "1", "It takes minutes: set SHMEM_LONG=1.");
        var seed = int.TryParse(Environment.GetEnvironmentVariable("SHMEM_SEED"), out var given) ? given : Random.Shared.Next();
        output.WriteLine($"SHMEM_SEED={seed}");
        for (var sequence = 0; sequence < 100; sequence++) await Run(unchecked(seed + sequence), 1000);
    }

    private async Task Run(int seed, int steps)
    {
        var random = new Random(seed);
        var world = new LifetimeWorld();
        var specification = new LifetimeSpecification(MostOpenForks);
        var actor = new ActorLedgers(Sys, MostOpenForks);
        for (var i = 0; i < steps; i++)
        {
            var step = world.Resolve(LifetimeCommand.Next(random));
            var expected = specification.Apply(step);
            var (actual, refused) = await actor.Apply(step);
            Assert.Equal((seed, i, step.ToString(), LifetimeOutcome.Refusal(expected.Answer)), (seed, i, step.ToString(), refused));
            // Whether bytes may serve again nobody needs to know whose every segment is one of its own.
            var freed = LifetimeOutcome.Join(expected.Freed.Split(' ').Select(word => word.Split(':')[0]));
            Assert.Equal((seed, i, step.ToString(), expected with { Answer = null, Reusable = "", Freed = freed }), (seed, i, step.ToString(), actual));
            world.Happened(step, expected.Answer);
        }
    }
}
