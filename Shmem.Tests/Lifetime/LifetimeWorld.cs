using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Lifetime;

/// <summary>
/// The processes, segments and forks that random commands are about. It knows names and no rules: mostly it picks those that belong together, now and
/// then anybody.
/// </summary>
internal sealed class LifetimeWorld
{
    private const int People = 6;

    private readonly List<HolderId> _people = [.. Enumerable.Range(1, People).Select(n => new HolderId(n, 100 + n, 1))];
    private readonly Dictionary<int, HolderId> _parents = [];
    private readonly List<HolderId> _announced = [];
    private readonly Dictionary<HolderId, HolderId> _successors = [];
    private int _segments;
    private int _forks;
    private int _nextPerson = People + 1;

    public TimeSpan Now { get; private set; }

    public LifetimeStep Resolve(LifetimeCommand command)
    {
        var (kind, a, b, c, seconds) = command;
        Now += TimeSpan.FromSeconds(seconds);
        var holder = _people[a % People];
        // The latest few; sometimes one that was never given.
        var segment = kind == LifetimeKind.Add ? _segments + 1 : Recent(b, _segments);
        var fork = Recent(b, _forks);
        var limit = TimeSpan.FromSeconds(c % 17 == 0 ? c % 2 * 3601 - 1 : 30 + c % 60);
        var other = holder;
        switch (kind)
        {
            case LifetimeKind.PostFork:
                other = Child(fork, c);
                if (a % 8 != 0) holder = _parents.GetValueOrDefault(fork, holder);
                break;
            case LifetimeKind.ClaimFork:
                if (a % 8 != 0) holder = Child(fork, c);
                break;
            case LifetimeKind.AbortFork:
                if (a % 8 != 0) holder = _parents.GetValueOrDefault(fork, holder);
                break;
            case LifetimeKind.Gone:
                if (c % 4 == 0) holder = Child(fork, 1);
                break;
            case LifetimeKind.Succeed or LifetimeKind.Acknowledge:
                other = _announced.Count == 0 ? holder : _announced[^(1 + b % Math.Min(4, _announced.Count))];
                if (kind == LifetimeKind.Acknowledge && a % 8 != 0) holder = _successors.GetValueOrDefault(other, holder);
                break;
        }

        return new LifetimeStep(kind, holder, other, segment, fork, limit, Now);
    }

    /// <summary>Remembers who came to be and who is no more, so that later commands meet them.</summary>
    public void Happened(LifetimeStep step, LeaseOutcome? answer)
    {
        switch (step.Kind, answer)
        {
            case (LifetimeKind.Add, LeaseOutcome.Granted):
                _segments++;
                break;
            case (LifetimeKind.PreFork, LeaseOutcome.Done):
                _parents.Add(++_forks, step.Holder);
                break;
            case (LifetimeKind.ClaimFork, LeaseOutcome.Done):
                // A child forks too. Whoever it replaces dies one day as nobody in particular.
                _people[step.Fork % People] = step.Holder;
                break;
            case (LifetimeKind.OnRestart, LeaseOutcome.Done):
                _announced.Add(step.Holder);
                break;
            case (LifetimeKind.Succeed, LeaseOutcome.Done):
                _successors[step.Other] = step.Holder;
                break;
            case (LifetimeKind.Gone, _):
                // The pid serves again, for another process. For a while the dead may still be heard of.
                var at = _people.IndexOf(step.Holder);
                if (at >= 0 && step.Segment % 3 != 0) _people[at] = new HolderId(_nextPerson++, step.Holder.Pid, step.Holder.KernelStartTime + 1);
                break;
        }
    }

    public static HolderId Child(int fork, int variant) =>
        new(ForkLedger.FirstChildNumber + fork - 1, 5000 + 2 * fork + (variant % 9 == 0 ? 1 : 0), 1);

    private static int Recent(int pick, int count) => pick % 16 == 0 ? count + 7 : Math.Max(1, count - pick % 6);
}
