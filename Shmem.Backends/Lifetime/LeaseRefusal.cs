namespace Shmem.Backends.Lifetime;

/// <summary>What a refusing <see cref="LeaseOutcome"/> is called towards users; the same from every host.</summary>
internal static class LeaseRefusal
{
    public static bool IsRefusal(LeaseOutcome outcome) => outcome >= LeaseOutcome.NoSuchSegment;

    /// <summary>The refusal of a request.</summary>
    /// <param name="outcome">A refusing one.</param>
    /// <param name="operation">What was asked for, such as <c>acquire heap:1 for process 2 (pid 3)</c>.</param>
    public static ShMemException Of(LeaseOutcome outcome, string operation)
    {
        var (error, why, remedy) = outcome switch
        {
            LeaseOutcome.NoSuchSegment => (ShMemError.NotFound, "no such segment lives here", "Ask for a segment that is held, by the id that its creator gave."),
            LeaseOutcome.NotHeld => (ShMemError.NotFound, "the process has no lease on it", "Release a lease once, by its holder."),
            LeaseOutcome.HolderIsGone => (ShMemError.NotFound, "that process is gone", "Ask as a process that lives."),
            LeaseOutcome.Exists => (ShMemError.Os, "that id is in use already", "This is a bug in Shmem: report it with the log."),
            LeaseOutcome.BadLimit => (ShMemError.Invalid, "the time limit is out of range", FormattableString.Invariant(
                $"A fork's is {ForkLedger.ShortestLimit.TotalSeconds} to {ForkLedger.LongestLimit.TotalSeconds} s, a restart's at most {RestartLedger.LongestGrace.TotalSeconds} s.")),
            LeaseOutcome.TooManyForks => (ShMemError.LimitReached, $"it has announced {ForkLedger.MostOpen} forks that no child has claimed",
                "Abort those that come to nothing."),
            LeaseOutcome.NoSuchFork => (ShMemError.NotFound, "the token was never given, or has ended", "Announce the fork anew: PreFork."),
            LeaseOutcome.NotTheParent => (ShMemError.Denied, "another process announced that fork", "Ask as its parent."),
            LeaseOutcome.NotTheChild => (ShMemError.Denied, "the token is another process's", "Claim with the process number that came with the token."),
            LeaseOutcome.AlreadyClaimed => (ShMemError.Denied, "its child has claimed it already", "It is the child's now: end the child instead."),
            LeaseOutcome.NoSuchRestart => (ShMemError.NotFound, "nothing is reserved: it was not announced, or was acknowledged, or has timed out",
                "Begin as a new process."),
            LeaseOutcome.NotTheSuccessor => (ShMemError.Denied, "another process is its successor", "Ask as the one that succeeded it."),
            _ => throw new ArgumentOutOfRangeException(nameof(outcome), outcome, "Not a refusal."),
        };
        return new ShMemException(error, operation, why, remedy);
    }
}
