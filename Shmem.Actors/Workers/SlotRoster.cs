namespace Shmem.Actors.Workers;

/// <summary>The supervisor's slots and its spare: who has them, and how many processes are wanted. Pure state.</summary>
internal sealed class SlotRoster(WorkerOptions options)
{
    private readonly List<SlotState> _slots = [.. Enumerable.Range(0, options.Slots).Select(number => new SlotState(number))];

    /// <summary>True once the campaign ends: then nobody is wanted any more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Slots for which a process is wanted now.</summary>
    public IEnumerable<SlotState> Vacant => _slots.Where(slot => !IsClosed && slot.IsVacant);

    /// <summary>True while a process could work somewhere, now or later.</summary>
    public bool HasOpen => _slots.Exists(slot => slot.IsOpen);

    /// <summary>True until the first slot is assigned, that is until one process was ready.</summary>
    public bool IsUntouched => _slots.TrueForAll(slot => slot.Generation < 0);

    /// <summary>
    /// Deaths before any execution of processes that had no slot yet, and starts that were refused, since the last process became ready; those during the wait for the next attempt are one with the first. They are no
    /// slot's fault, so none gives up for them: somebody may have killed them, or there was no memory for a while.
    /// </summary>
    public EarlyDeathCount FailedStarts { get; } = new();

    /// <summary>Processes without a slot that there should be: one for each vacant slot, and the spare. After too many failed starts it is one at a time, and only while a slot waits for it.</summary>
    public int UnassignedWanted
    {
        get
        {
            if (IsClosed || FailedStarts.IsWaiting) return 0;
            return FailedStarts.HasGivenUp ? Math.Min(1, Vacant.Count()) : Vacant.Count() + (options.KeepsSpare ? 1 : 0);
        }
    }

    /// <summary>Nobody else ever gets the slot, whose holder would not die.</summary>
    /// <returns>The slot instead of it.</returns>
    public SlotState Park(SlotState slot)
    {
        slot.IsParked = true;
        var instead = new SlotState(_slots.Count);
        _slots.Add(instead);
        return instead;
    }

    /// <summary>From now on nobody is wanted.</summary>
    public void Close() => IsClosed = true;
}
