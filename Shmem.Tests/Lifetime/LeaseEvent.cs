using Shmem.Backends;
using Shmem.Backends.Lifetime;

namespace Shmem.Tests.Lifetime;

public enum LeaseEventKind
{
    Add,
    Acquire,
    Release,
    Gone,
}

/// <summary>One thing that happens to a lease table, some minutes after the one before it.</summary>
public sealed record LeaseEvent(LeaseEventKind Kind, int Holder, int Segment, int Minutes)
{
    internal (LeaseOutcome? Outcome, IReadOnlyList<ShMemId> Freed) ApplyTo(LeaseTable table, TimeSpan now)
    {
        var holder = new HolderId(Holder, Holder + 100, 1);
        var segment = ShMemId.Parse($"heap:{Segment}");
        LeaseOutcome? outcome = null;
        switch (Kind)
        {
            case LeaseEventKind.Add:
                outcome = table.Add(holder, segment);
                break;
            case LeaseEventKind.Acquire:
                outcome = table.Acquire(holder, segment);
                break;
            case LeaseEventKind.Release:
                outcome = table.Release(holder, segment);
                break;
            default:
                table.HolderGone(holder, now);
                break;
        }

        return (outcome, [.. table.TakeFreed()]);
    }
}
