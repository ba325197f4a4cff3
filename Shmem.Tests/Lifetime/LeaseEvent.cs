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
        return Kind switch
        {
            LeaseEventKind.Add => (table.Add(holder, segment), []),
            LeaseEventKind.Acquire => (table.Acquire(holder, segment), []),
            LeaseEventKind.Release => (table.Release(holder, segment), []),
            _ => (null, table.HolderGone(holder, now)),
        };
    }
}
