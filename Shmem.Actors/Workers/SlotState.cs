namespace Shmem.Actors.Workers;

/// <summary>What the supervisor knows of a slot.</summary>
internal sealed class SlotState(int number)
{
    public int Number { get; } = number;

    /// <summary>How often it was assigned, less one; -1 before the first time.</summary>
    public int Generation { get; set; } = -1;

    /// <summary>The process that has it; null while nobody does.</summary>
    public SupervisedProcess? Holder { get; set; }

    /// <summary>True once its holder would not die: nobody else ever gets it.</summary>
    public bool IsParked { get; set; }

    public EarlyDeathCount EarlyDeaths { get; } = new();

    /// <summary>True where a process could work in it, now or later.</summary>
    public bool IsOpen => !IsParked && !EarlyDeaths.HasGivenUp;

    /// <summary>True where a process is wanted for it now.</summary>
    public bool IsVacant => Holder is null && IsOpen && !EarlyDeaths.IsWaiting;
}
