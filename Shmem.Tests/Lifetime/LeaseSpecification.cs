using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Lifetime;

/// <summary>The rules of leases as one flat list of pairs, slow and plain: what <see cref="LeaseTable"/> must agree with.</summary>
internal sealed class LeaseSpecification
{
    private List<(int Holder, int Segment)> _pairs = [];
    private List<(int Holder, TimeSpan Since)> _dead = [];

    public (int Segments, int Holders, int Leases) Counts =>
        (_pairs.Select(p => p.Segment).Distinct().Count(), _pairs.Select(p => p.Holder).Distinct().Count(), _pairs.Count);

    public (LeaseOutcome?, string Freed) Apply(LeaseEvent e, TimeSpan now)
    {
        var pair = (e.Holder, e.Segment);
        var lives = _pairs.Any(p => p.Segment == e.Segment);
        var dead = _dead.Any(d => d.Holder == e.Holder);
        switch (e.Kind)
        {
            case LeaseEventKind.Add:
                if (dead) return (LeaseOutcome.HolderIsGone, "");
                if (lives) return (LeaseOutcome.Exists, "");
                _pairs.Add(pair);
                return (LeaseOutcome.Granted, "");

            case LeaseEventKind.Acquire:
                if (dead) return (LeaseOutcome.HolderIsGone, "");
                if (!lives) return (LeaseOutcome.NoSuchSegment, "");
                if (_pairs.Contains(pair)) return (LeaseOutcome.AlreadyHeld, "");
                _pairs.Add(pair);
                return (LeaseOutcome.Granted, "");

            case LeaseEventKind.Release:
                if (!lives) return (LeaseOutcome.NoSuchSegment, "");
                if (!_pairs.Contains(pair)) return (LeaseOutcome.NotHeld, "");
                _pairs = [.. _pairs.Where(p => p != pair)];
                return _pairs.Any(p => p.Segment == e.Segment) ? (LeaseOutcome.Released, "") : (LeaseOutcome.Freed, $"heap:{e.Segment}");

            default:
                _dead = [.. _dead.Where(d => now - d.Since < LeaseTable.Remembered)];
                if (!_dead.Any(d => d.Holder == e.Holder)) _dead.Add((e.Holder, now));
                var rest = _pairs.Where(p => p.Holder != e.Holder).ToList();
                var freed = _pairs.Select(p => p.Segment).Except(rest.Select(p => p.Segment)).Order().Select(s => $"heap:{s}");
                _pairs = rest;
                return (null, string.Join(' ', freed));
        }
    }
}
