using System.Diagnostics;
using Akka.Actor;
using Shmem.Backends;

namespace Shmem.Actors.Workers;

/// <summary>What the supervisor knows of a process that it started. Owns the process's segment.</summary>
internal sealed class SupervisedProcess(WorkerProcess process, ShMem segment)
{
    private readonly long _started = Stopwatch.GetTimestamp();

    public long Number => Process.Holder.ProcessNumber;

    public WorkerProcess Process { get; } = process;

    public ShMem Segment { get; } = segment;

    /// <summary>Its actor; null until it has joined.</summary>
    public IActorRef? Actor { get; set; }

    public bool IsReady { get; set; }

    /// <summary>True once we have killed it; it counts for nothing more.</summary>
    public bool IsEnding { get; set; }

    /// <summary>The slot that it has; null for a spare.</summary>
    public SlotState? Slot { get; set; }

    /// <summary>What it said was wrong, before it ended.</summary>
    public string? Failure { get; set; }

    public TimeSpan Age => Stopwatch.GetElapsedTime(_started);

    /// <summary>True where it waits for a slot, or will.</summary>
    public bool IsSpare => Slot is null && !IsEnding;
}
