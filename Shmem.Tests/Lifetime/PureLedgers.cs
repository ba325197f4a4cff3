using System.Globalization;
using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Lifetime;

/// <summary>The machine's steps, taken by the pure ledgers.</summary>
internal sealed class PureLedgers(int mostOpenForks)
{
    private readonly LifetimeLedger _ledger = new(firstToken: 1, mostOpenForks);

    public LifetimeOutcome Apply(LifetimeStep step)
    {
        if (_ledger.NextDue <= step.Now) _ledger.Expire(step.Now);
        var answer = Answer(step);
        var leases = _ledger.Leases;
        return new LifetimeOutcome(answer, LifetimeOutcome.Join(leases.TakeFreed().Select(id => id.Rest)),
            LifetimeOutcome.Join(_ledger.Forks.TakeEnded().Select(f => $"{f.Token.Value}:{f.How}")),
            $"{leases.Segments} {leases.Holders} {leases.Leases} {_ledger.Forks.Open} {_ledger.Restarts.Reserved}");
    }

    private LeaseOutcome? Answer(LifetimeStep step)
    {
        var segment = ShMemId.Parse(string.Create(CultureInfo.InvariantCulture, $"heap:{step.Segment}"));
        var fork = new ForkToken(step.Fork);
        switch (step.Kind)
        {
            case LifetimeKind.Add: return _ledger.Leases.Add(step.Holder, segment);
            case LifetimeKind.Acquire: return _ledger.Leases.Acquire(step.Holder, segment);
            case LifetimeKind.Release: return _ledger.Leases.Release(step.Holder, segment);
            case LifetimeKind.PreFork: return _ledger.Forks.Prepare(step.Holder, step.Limit, step.Now, out _);
            case LifetimeKind.PostFork: return _ledger.Forks.Report(fork, step.Holder, step.Other);
            case LifetimeKind.ClaimFork: return _ledger.Forks.Claim(fork, step.Holder);
            case LifetimeKind.AbortFork: return _ledger.Forks.Abort(fork, step.Holder);
            case LifetimeKind.OnRestart: return _ledger.Restarts.Announce(step.Holder, step.Limit);
            case LifetimeKind.Succeed: return _ledger.Restarts.Succeed(step.Other, step.Holder);
            case LifetimeKind.Acknowledge: return _ledger.Restarts.Acknowledge(step.Other, step.Holder);
            default:
                _ledger.HolderGone(step.Holder, step.Now);
                return null;
        }
    }
}
