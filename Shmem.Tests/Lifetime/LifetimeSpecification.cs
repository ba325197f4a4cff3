using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Lifetime;

/// <summary>
/// The rules of leases, forks and restarts as flat lists of facts, slow and plain: what the ledgers must agree with, whatever the order of events. Nothing is
/// kept that a look through the facts can tell.
/// </summary>
internal sealed class LifetimeSpecification(int mostOpenForks)
{
    private sealed record Kept(string By, int Segment);

    private sealed record Fork(int Number, HolderId Parent, TimeSpan Due, HolderId? Child, bool Claimed);

    private sealed record Restart(HolderId Of, TimeSpan Grace, TimeSpan? Due, HolderId? Successor, List<int> Given);

    private List<Kept> _kept = [];
    private List<Fork> _forks = [];
    private List<Restart> _restarts = [];
    private List<(HolderId Who, TimeSpan Since)> _dead = [];
    private List<string> _ended = [];
    private int _forksEver;

    /// <summary>The segments that something keeps.</summary>
    public IReadOnlyCollection<int> Segments => Living();

    /// <summary>The segments that a process has leases on.</summary>
    public IReadOnlyCollection<int> HeldBy(HolderId who) => Of(Lease(who));

    public LifetimeOutcome Apply(LifetimeStep step)
    {
        _ended = [];
        var living = Living();
        Expire(step.Now);
        var left = Living();
        var answer = Answer(step);
        // What lived and lives no more.
        var freed = living.Except(left).Concat(left.Except(Living())).Select(segment => $"{segment}");
        return new LifetimeOutcome(answer, LifetimeOutcome.Join(freed), LifetimeOutcome.Join(_ended), Counts());
    }

    private void Expire(TimeSpan now)
    {
        foreach (var fork in _forks.Where(f => f.Due <= now).ToList())
        {
            if (!fork.Claimed) EndFork(fork, ForkEnd.TimedOut);
            _forks.Remove(fork);
        }

        foreach (var restart in _restarts.Where(r => r.Due <= now).ToList())
        {
            _restarts.Remove(restart);
            Drop(Reserved(restart.Of));
        }
    }

    private string Counts()
    {
        var leases = _kept.Where(k => k.By.StartsWith("lease", StringComparison.Ordinal)).ToList();
        return $"{Living().Count} {leases.Select(k => k.By).Distinct().Count()} {leases.Count} {_forks.Count(f => !f.Claimed)} {_restarts.Count(r => r.Due is not null)}";
    }

    private LeaseOutcome? Answer(LifetimeStep step)
    {
        var (kind, who, other, segment, number, limit, now) = step;
        var isDead = _dead.Any(d => d.Who == who);
        var fork = _forks.Find(f => f.Number == number);
        var restart = _restarts.Find(r => r.Of == (kind is LifetimeKind.Succeed or LifetimeKind.Acknowledge ? other : who));
        switch (kind)
        {
            case LifetimeKind.Add:
                if (isDead) return LeaseOutcome.HolderIsGone;
                _kept.Add(new Kept(Lease(who), segment));
                return LeaseOutcome.Granted;

            case LifetimeKind.Acquire:
                if (isDead) return LeaseOutcome.HolderIsGone;
                if (!Living().Contains(segment)) return LeaseOutcome.NoSuchSegment;
                return Add(Lease(who), [segment]) ? LeaseOutcome.Granted : LeaseOutcome.AlreadyHeld;

            case LifetimeKind.Release:
                if (!Living().Contains(segment)) return LeaseOutcome.NoSuchSegment;
                if (!_kept.Remove(new Kept(Lease(who), segment))) return LeaseOutcome.NotHeld;
                return Living().Contains(segment) ? LeaseOutcome.Released : LeaseOutcome.Freed;

            case LifetimeKind.Gone:
                Die(who, now);
                return null;

            case LifetimeKind.PreFork:
                if (isDead) return LeaseOutcome.HolderIsGone;
                if (limit.TotalSeconds is < 30 or > 3600) return LeaseOutcome.BadLimit;
                if (_forks.Count(f => f.Parent == who && !f.Claimed) >= mostOpenForks) return LeaseOutcome.TooManyForks;
                _forks.Add(new Fork(++_forksEver, who, now + limit, null, false));
                Add(Token(_forksEver), Of(Lease(who)));
                return LeaseOutcome.Done;

            case LifetimeKind.PostFork:
                if (fork is null) return LeaseOutcome.NoSuchFork;
                if (fork.Parent != who) return LeaseOutcome.NotTheParent;
                if (fork.Child is not null) return fork.Child == other ? LeaseOutcome.AlreadyDone : LeaseOutcome.NotTheChild;
                Replace(fork, fork with { Child = other });
                if (_dead.Any(d => d.Who == other)) EndFork(fork with { Child = other }, ForkEnd.ChildGone);
                return LeaseOutcome.Done;

            case LifetimeKind.ClaimFork:
                if (fork is null) return LeaseOutcome.NoSuchFork;
                if (fork.Child is { } known ? known != who : who.ProcessNumber != LifetimeWorld.Child(number, 1).ProcessNumber) return LeaseOutcome.NotTheChild;
                if (isDead) return LeaseOutcome.HolderIsGone;
                if (fork.Claimed) return LeaseOutcome.AlreadyDone;
                Replace(fork, fork with { Child = who, Claimed = true });
                Add(Lease(who), Of(Token(number)));
                Drop(Token(number));
                _ended.Add($"{number}:{ForkEnd.Claimed}");
                return LeaseOutcome.Done;

            case LifetimeKind.AbortFork:
                if (fork is null) return LeaseOutcome.NoSuchFork;
                if (fork.Parent != who) return LeaseOutcome.NotTheParent;
                if (fork.Claimed) return LeaseOutcome.AlreadyClaimed;
                EndFork(fork, ForkEnd.Aborted);
                return LeaseOutcome.Done;

            case LifetimeKind.OnRestart:
                if (isDead) return LeaseOutcome.HolderIsGone;
                if (limit.TotalSeconds is <= 0 or > 3600) return LeaseOutcome.BadLimit;
                _restarts = [.. _restarts.Where(r => r.Of != who), (restart ?? new Restart(who, limit, null, null, [])) with { Grace = limit }];
                return restart is null ? LeaseOutcome.Done : LeaseOutcome.AlreadyDone;

            case LifetimeKind.Succeed:
                if (restart is null) return LeaseOutcome.NoSuchRestart;
                if (isDead) return LeaseOutcome.HolderIsGone;
                if (restart.Successor == who) return LeaseOutcome.AlreadyDone;
                if (restart.Successor is not null || who == other) return LeaseOutcome.NotTheSuccessor;
                var given = Of(restart.Due is null ? Lease(other) : Reserved(other));
                _restarts = [.. _restarts.Where(r => r != restart), restart with { Successor = who, Given = given }];
                Add(Lease(who), given);
                return LeaseOutcome.Done;

            default:
                if (restart is null) return LeaseOutcome.NoSuchRestart;
                if (restart.Successor != who) return LeaseOutcome.NotTheSuccessor;
                _restarts.Remove(restart);
                Drop(Reserved(other));
                return LeaseOutcome.Done;
        }
    }

    private void Die(HolderId who, TimeSpan now)
    {
        foreach (var fork in _forks.Where(f => f.Child == who && !f.Claimed).ToList()) EndFork(fork, ForkEnd.ChildGone);
        _restarts = [.. _restarts.Select(r => r.Successor == who ? r with { Successor = null } : r)];
        if (_restarts.Find(r => r.Of == who && r.Due is null) is { } own)
        {
            _restarts.Remove(own);
            var left = Of(Lease(who));
            if (left.Count > 0) _restarts.Add(own with { Due = now + own.Grace });
            Add(Reserved(who), left);
            // What is left beyond what the successor was given when it came, it is given now.
            if (own.Successor is { } successor) Add(Lease(successor), left.Except(own.Given));
        }

        Drop(Lease(who));
        _dead = [.. _dead.Where(d => now - d.Since < LeaseTable.Remembered)];
        if (!_dead.Exists(d => d.Who == who)) _dead.Add((who, now));
    }

    private void EndFork(Fork fork, ForkEnd how)
    {
        Drop(Token(fork.Number));
        _forks.RemoveAll(f => f.Number == fork.Number);
        _ended.Add($"{fork.Number}:{how}");
    }

    private HashSet<int> Living() => [.. _kept.Select(k => k.Segment)];

    private List<int> Of(string by) => [.. _kept.Where(k => k.By == by).Select(k => k.Segment)];

    private bool Add(string by, IEnumerable<int> segments)
    {
        var fresh = segments.Select(s => new Kept(by, s)).Except(_kept).ToList();
        _kept.AddRange(fresh);
        return fresh.Count > 0;
    }

    private void Drop(string by) => _kept = [.. _kept.Where(k => k.By != by)];

    private void Replace(Fork old, Fork changed) => _forks[_forks.IndexOf(old)] = changed;

    private static string Lease(HolderId who) => $"lease {who.ProcessNumber} {who.Pid} {who.KernelStartTime}";

    private static string Token(int fork) => $"token {fork}";

    private static string Reserved(HolderId who) => $"reserved {who.ProcessNumber} {who.Pid} {who.KernelStartTime}";
}
