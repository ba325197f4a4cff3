using System.Runtime.Versioning;
using FsCheck.Xunit;
using Shmem.Backends.Lifetime;
using Shmem.Tests.Lifetime;
using Xunit;

namespace Shmem.Tests.Service;

/// <summary>
/// The machine of <see cref="LifetimeMachineTests"/>, over a real service with real processes and real memory: create, attach, release, fork, claim, abort,
/// restart and kill -9 in every order.
/// </summary>
[SupportedOSPlatform("linux")]
public sealed class ServiceMachineTests(ITestOutputHelper output) : IAsyncLifetime
{
    private const int MostOpenForks = 3;

    private readonly ServiceLedgers _service = new(MostOpenForks);
    private readonly Dictionary<(LifetimeKind, LeaseOutcome?), int> _met = [];
    private int _steps;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _service.DisposeAsync();

    [Property(MaxTest = 3, StartSize = 40, EndSize = 80, Arbitrary = [typeof(LifetimeCommand.Arbitraries)])]
    public Task Whatever_the_order_of_events_the_service_keeps_the_rules(LifetimeCommand[] commands) => Run(commands);

    /// <summary>The machine would prove little if it never came to the answers that are hard to come to.</summary>
    [Fact]
    public async Task The_machine_meets_the_answers_that_are_hard_to_come_to()
    {
        Require.Patience();
        await Run(LifetimeCommand.Sequence(seed: 2, count: 400));
        output.WriteLine($"{_steps} steps");
        foreach (var met in _met.OrderBy(m => m.Key)) output.WriteLine($"{met.Key}: {met.Value}");
        var hard = new (LifetimeKind Kind, LeaseOutcome[] Answers)[]
        {
            (LifetimeKind.Acquire, [LeaseOutcome.Granted, LeaseOutcome.AlreadyHeld, LeaseOutcome.NoSuchSegment]),
            (LifetimeKind.Release, [LeaseOutcome.Released, LeaseOutcome.Freed, LeaseOutcome.NotHeld, LeaseOutcome.NoSuchSegment]),
            (LifetimeKind.PreFork, [LeaseOutcome.Done, LeaseOutcome.BadLimit]),
            (LifetimeKind.PostFork, [LeaseOutcome.Done, LeaseOutcome.AlreadyDone, LeaseOutcome.NoSuchFork, LeaseOutcome.NotTheParent, LeaseOutcome.NotTheChild]),
            (LifetimeKind.ClaimFork, [LeaseOutcome.Done, LeaseOutcome.AlreadyDone, LeaseOutcome.NoSuchFork, LeaseOutcome.NotTheChild]),
            (LifetimeKind.AbortFork, [LeaseOutcome.Done, LeaseOutcome.NoSuchFork, LeaseOutcome.AlreadyClaimed]),
            (LifetimeKind.OnRestart, [LeaseOutcome.Done, LeaseOutcome.AlreadyDone, LeaseOutcome.BadLimit]),
            (LifetimeKind.Succeed, [LeaseOutcome.Done, LeaseOutcome.AlreadyDone, LeaseOutcome.NoSuchRestart, LeaseOutcome.NotTheSuccessor]),
            (LifetimeKind.Acknowledge, [LeaseOutcome.Done, LeaseOutcome.NoSuchRestart, LeaseOutcome.NotTheSuccessor]),
        };
        foreach (var (kind, answers) in hard)
            foreach (var answer in answers) Assert.True(_met.ContainsKey((kind, answer)), $"{kind} was never answered by {answer}");
    }

    [Fact]
    public Task Ten_thousand_steps_keep_the_rules() => LongMode.RunSequences(output, _ => _steps < 10_000, count: 500, Run);

    private async Task Run(IEnumerable<LifetimeCommand> commands)
    {
        var world = new LifetimeWorld();
        var specification = new LifetimeSpecification(MostOpenForks);
        await _service.Begin();
        foreach (var command in commands.Select(ForReal).OfType<LifetimeCommand>())
        {
            TestContext.Current.CancellationToken.ThrowIfCancellationRequested();
            var step = world.Resolve(command);
            if (!_service.CanHappen(step)) continue;
            var expected = specification.Apply(step);
            var refused = await _service.Apply(step);
            Assert.Equal((step.ToString(), LifetimeOutcome.Refusal(expected.Answer)), (step.ToString(), refused));
            await _service.Check(step, specification, expected.Counts);
            world.Happened(step, expected.Answer);
            _steps++;
            _met[(step.Kind, expected.Answer)] = _met.GetValueOrDefault((step.Kind, expected.Answer)) + 1;
        }

        await _service.End();
    }

    /// <summary>
    /// A process costs more to start than a hundred steps: every second death is left out. Steps that cannot happen still take their time, so the others take less: or
    /// forks would mostly time out.
    /// </summary>
    private static LifetimeCommand? ForReal(LifetimeCommand command) =>
        command.Kind == LifetimeKind.Gone && command.C % 2 == 1 ? null : command.Seconds < 25 ? command with { Seconds = command.Seconds / 4 } : command;
}
