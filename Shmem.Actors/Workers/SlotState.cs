using Shmem.Actors.Messages;
using Shmem.Backends.Lifetime;

namespace Shmem.Actors.Workers;

/// <summary>What the supervisor knows of a slot.</summary>
internal sealed class SlotState(int number)
{
    public int Number { get; } = number;

    /// <summary>How often it was assigned, less one; -1 before the first time.</summary>
    public int Generation { get; set; } = -1;

    /// <summary>The process that has it; null while nobody does.</summary>
    public SupervisedProcess? Holder { get; set; }

    /// <summary>Who of its holders asked last to be succeeded; null where nobody did, and once a successor has acknowledged it.</summary>
    public HolderId? Predecessor { get; private set; }

    /// <summary>True once its holder would not die: nobody else ever gets it.</summary>
    public bool IsParked { get; set; }

    public EarlyDeathCount EarlyDeaths { get; } = new();

    /// <summary>True where a process could work in it, now or later.</summary>
    public bool IsOpen => !IsParked && !EarlyDeaths.HasGivenUp;

    /// <summary>True where a process is wanted for it now.</summary>
    public bool IsVacant => Holder is null && IsOpen && !EarlyDeaths.IsWaiting;

    /// <summary>Remembers whom the next holder is to succeed. Whether the request is granted is for others to say.</summary>
    /// <param name="request">What its holder asks for itself.</param>
    public void Note(ILeaseRequest request)
    {
        if (request is OnRestart restart) Predecessor = restart.Holder;
        else if (request is AcknowledgeRestart acknowledge && acknowledge.Predecessor == Predecessor) Predecessor = null;
    }
}
