using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Lifetime;

/// <summary>What came of a step. The lists are sorted: within one step their order says nothing.</summary>
/// <param name="Answer">The answer; null where there is none.</param>
/// <param name="Freed">The segments freed.</param>
/// <param name="Ended">The forks that ended, and how.</param>
/// <param name="Counts">Segments, holders, leases, open forks, reservations afterwards.</param>
internal sealed record LifetimeOutcome(LeaseOutcome? Answer, string Freed, string Ended, string Counts)
{
    public static string Join(IEnumerable<string> items) => string.Join(' ', items.Order(StringComparer.Ordinal));

    /// <summary>What a refusal is to be called towards users, by every host; null for what is none.</summary>
    public static ShMemError? Refusal(LeaseOutcome? outcome) => outcome switch
    {
        LeaseOutcome.NoSuchSegment or LeaseOutcome.NotHeld or LeaseOutcome.HolderIsGone or LeaseOutcome.NoSuchFork or LeaseOutcome.NoSuchRestart =>
            ShMemError.NotFound,
        LeaseOutcome.BadLimit => ShMemError.Invalid,
        LeaseOutcome.TooManyForks => ShMemError.LimitReached,
        LeaseOutcome.NotTheParent or LeaseOutcome.NotTheChild or LeaseOutcome.AlreadyClaimed or LeaseOutcome.NotTheSuccessor => ShMemError.Denied,
        _ => null,
    };
}
