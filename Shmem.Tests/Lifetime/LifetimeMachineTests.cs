using FsCheck.Xunit;
using Shmem.Backends.Lifetime;
using Xunit;

namespace Shmem.Tests.Lifetime;

/// <summary>Many processes, segments, forks, restarts and deaths in every order: the ledgers agree with <see cref="LifetimeSpecification"/> after each step.</summary>
public sealed class LifetimeMachineTests(ITestOutputHelper output)
{
    /// <summary>Few, so that the machine meets the limit.</summary>
    private const int MostOpenForks = 3;

    private readonly Dictionary<(LifetimeKind, LeaseOutcome?), int> _met = [];

    [Property(MaxTest = 300, StartSize = 1, EndSize = 400, Arbitrary = [typeof(LifetimeCommand.Arbitraries)])]
    public void Whatever_the_order_of_events_the_ledgers_keep_the_rules(LifetimeCommand[] commands) => Run(commands);

    /// <summary>The machine would prove little if it never came to the answers that are hard to come to.</summary>
    [Fact]
    public void The_machine_meets_every_answer_and_every_end()
    {
        // In sequences that begin anew: the plain specification gets slower with all that it remembers.
        var ended = string.Concat(Enumerable.Range(1, 40).Select(seed => Run(LifetimeCommand.Sequence(seed, count: 1000))));
        foreach (var how in Enum.GetNames<ForkEnd>()) Assert.Contains($":{how}", ended, StringComparison.Ordinal);
        var expected = new (LifetimeKind Kind, LeaseOutcome[] Answers)[]
        {
            (LifetimeKind.Add, [LeaseOutcome.Granted, LeaseOutcome.HolderIsGone]),
            (LifetimeKind.Acquire, [LeaseOutcome.Granted, LeaseOutcome.AlreadyHeld, LeaseOutcome.NoSuchSegment, LeaseOutcome.HolderIsGone]),
            (LifetimeKind.Release, [LeaseOutcome.Released, LeaseOutcome.Freed, LeaseOutcome.NotHeld, LeaseOutcome.NoSuchSegment]),
            (LifetimeKind.PreFork, [LeaseOutcome.Done, LeaseOutcome.HolderIsGone, LeaseOutcome.BadLimit, LeaseOutcome.TooManyForks]),
            (LifetimeKind.PostFork, [LeaseOutcome.Done, LeaseOutcome.AlreadyDone, LeaseOutcome.NoSuchFork, LeaseOutcome.NotTheParent, LeaseOutcome.NotTheChild]),
            (LifetimeKind.ClaimFork,
                [LeaseOutcome.Done, LeaseOutcome.AlreadyDone, LeaseOutcome.NoSuchFork, LeaseOutcome.NotTheChild, LeaseOutcome.HolderIsGone]),
            (LifetimeKind.AbortFork, [LeaseOutcome.Done, LeaseOutcome.NoSuchFork, LeaseOutcome.NotTheParent, LeaseOutcome.AlreadyClaimed]),
            (LifetimeKind.OnRestart, [LeaseOutcome.Done, LeaseOutcome.AlreadyDone, LeaseOutcome.HolderIsGone, LeaseOutcome.BadLimit]),
            (LifetimeKind.Succeed,
                [LeaseOutcome.Done, LeaseOutcome.AlreadyDone, LeaseOutcome.NoSuchRestart, LeaseOutcome.HolderIsGone, LeaseOutcome.NotTheSuccessor]),
            (LifetimeKind.Acknowledge, [LeaseOutcome.Done, LeaseOutcome.NoSuchRestart, LeaseOutcome.NotTheSuccessor]),
        };
        foreach (var (kind, answers) in expected)
            Assert.Equal((kind, string.Join(' ', answers.Order())),
                (kind, string.Join(' ', _met.Keys.Where(met => met.Item1 == kind).Select(met => met.Item2!.Value).Order())));
    }

    [Fact]
    public Task A_million_steps_keep_the_rules() => LongMode.RunSequences(output, sequence => sequence < 1000, count: 1000, commands =>
    {
        Run(commands);
        return Task.CompletedTask;
    });

    /// <returns>All that ended, one word each.</returns>
    private string Run(IEnumerable<LifetimeCommand> commands)
    {
        var world = new LifetimeWorld();
        var specification = new LifetimeSpecification(MostOpenForks);
        var ledgers = new PureLedgers(MostOpenForks);
        var all = new System.Text.StringBuilder();
        foreach (var command in commands)
        {
            var step = world.Resolve(command);
            var expected = specification.Apply(step);
            var actual = ledgers.Apply(step);
            if (expected != actual) Assert.Fail($"{step}:\nspecified {expected}\nhappened  {actual}");
            world.Happened(step, expected.Answer);
            _met[(step.Kind, expected.Answer)] = _met.GetValueOrDefault((step.Kind, expected.Answer)) + 1;
            all.Append(expected.Freed).Append(' ').Append(expected.Ended).Append(' ');
        }

        return all.ToString();
    }
}
