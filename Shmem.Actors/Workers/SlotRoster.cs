namespace Shmem.Actors.Workers;

/// <summary>The supervisor's slots and its spare: who has them, and how many processes are wanted. Pure state.</summary>
internal sealed class SlotRoster(WorkerOptions options)
{
    private readonly List<SlotState> _slots = [.. Enumerable.Range(0, options.Slots).Select(number => new SlotState(number))];
    private readonly EarlyDeathCount _spareDeaths = new();

    /// <summary>True once the campaign ends: then nobody is wanted any more.</summary>
    public bool IsClosed { get; private set; }

    /// <summary>Slots for which a process is wanted now.</summary>
    public IEnumerable<SlotState> Vacant => _slots.Where(slot => !IsClosed && slot.IsVacant);

    /// <summary>True while a process could work somewhere, now or later.</summary>
    public bool HasOpen => _slots.Exists(slot => slot.IsOpen);

    /// <summary>True until the first slot is assigned.</summary>
    public bool IsUntouched => _slots.TrueForAll(slot => slot.Generation < 0);

    /// <summary>Processes without a slot that there should be: one for each vacant slot, and the spare.</summary>
    public int UnassignedWanted => Vacant.Count() + (WantsSpare ? 1 : 0);

    private bool WantsSpare => !IsClosed && options.KeepsSpare && _spareDeaths is { IsWaiting: false, HasGivenUp: false };

    /// <summary>Whom an early death is charged to: the process's slot; of a process without one the slot that waits for it, else the spare (null).</summary>
    public SlotState? Charged(SlotState? slot) => slot ?? _slots.Find(vacant => vacant.IsVacant);

    /// <summary>The early deaths of a slot, or of the spare (null).</summary>
    public EarlyDeathCount DeathsOf(SlotState? slot) => slot?.EarlyDeaths ?? _spareDeaths;

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
