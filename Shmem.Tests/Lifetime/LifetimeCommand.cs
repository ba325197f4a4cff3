using FsCheck;
using FsCheck.Fluent;

namespace Shmem.Tests.Lifetime;

/// <summary>One random thing that happens, some seconds after the one before it. Which process, segment or fork it is about <see cref="LifetimeWorld"/> decides.</summary>
public sealed record LifetimeCommand(LifetimeKind Kind, int A, int B, int C, int Seconds)
{
    // Segments and forks are made about as often as they end, so that neither is rare nor piles up.
    private static readonly LifetimeKind[] Weighted =
    [
        LifetimeKind.Add, LifetimeKind.Add, LifetimeKind.Acquire, LifetimeKind.Acquire, LifetimeKind.Acquire, LifetimeKind.Release, LifetimeKind.Release,
        LifetimeKind.Gone, LifetimeKind.Gone, LifetimeKind.PreFork, LifetimeKind.PreFork, LifetimeKind.PostFork, LifetimeKind.PostFork, LifetimeKind.ClaimFork,
        LifetimeKind.AbortFork, LifetimeKind.OnRestart, LifetimeKind.OnRestart, LifetimeKind.Succeed, LifetimeKind.Succeed, LifetimeKind.Acknowledge,
    ];

    /// <summary>Most follow at once; some after a token's limit, a few after everything's.</summary>
    public static LifetimeCommand Next(Random random)
    {
        var seconds = random.Next(60) switch
        {
            < 40 => 0,
            < 59 => random.Next(1, 25),
            _ => random.Next(60, 400),
        };
        return new LifetimeCommand(Weighted[random.Next(Weighted.Length)], random.Next(1000), random.Next(1000), random.Next(1000), seconds);
    }

    /// <summary>As many, the same for the same seed.</summary>
    public static IEnumerable<LifetimeCommand> Sequence(int seed, int count)
    {
        var random = new Random(seed);
        for (var i = 0; i < count; i++) yield return Next(random);
    }

    /// <summary>The same for FsCheck, which makes long sequences of them and shrinks those that fail.</summary>
    public static class Arbitraries
    {
        public static Arbitrary<LifetimeCommand> Commands() => Arb.From(
            Gen.Choose(0, int.MaxValue - 1).Select(seed => Next(new Random(seed))),
            command => command.Seconds == 0 ? [] : [command with { Seconds = 0 }]);
    }
}
