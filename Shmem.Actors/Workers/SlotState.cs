using Shmem.Actors.Messages;
using Shmem.Backends;
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

    /// <summary>Predecessors that are remembered at most: the grace time of who is older is over, whom nobody has succeeded, or nobody cares.</summary>
    internal const int MostPredecessors = 16;

    private readonly List<HolderId> _predecessors = [];

    /// <summary>Who of its holders asked last to be succeeded and was not refused; null where nobody did, and once a successor has acknowledged all of them.</summary>
    public HolderId? Predecessor => _predecessors.Count > 0 ? _predecessors[^1] : null;

    /// <summary>True once its holder would not die: nobody else ever gets it.</summary>
    public bool IsParked { get; set; }

    public EarlyDeathCount EarlyDeaths { get; } = new();

    /// <summary>True where a process could work in it, now or later.</summary>
    public bool IsOpen => !IsParked && !EarlyDeaths.HasGivenUp;

    /// <summary>True where a process is wanted for it now.</summary>
    public bool IsVacant => Holder is null && IsOpen && !EarlyDeaths.IsWaiting;

    /// <summary>
    /// Its holder asks something for itself. Who wants to be succeeded is remembered at once, since its death may be told before the answer; whom others refuse that is
    /// forgotten by <see cref="Answered"/>.
    /// </summary>
    /// <returns>True where it is remembered only since now.</returns>
    public bool Asked(ILeaseRequest request) => request is OnRestart restart && Remember(restart.Holder);

    /// <summary>What its holder asked is answered.</summary>
    /// <param name="request">The request.</param>
    /// <param name="isNew">What <see cref="Asked"/> has said of it.</param>
    /// <param name="answer">The answer.</param>
    public void Answered(ILeaseRequest request, bool isNew, object answer)
    {
        var isGranted = answer is RestartAcknowledged;
        // Its grace time is over, or it was acknowledged and the answer came too late.
        var isOver = answer is RequestRefused { Error: ShMemError.NotFound };
        switch (request)
        {
            case OnRestart restart when isGranted:
                Remember(restart.Holder);
                break;
            case OnRestart restart when isNew:
                _predecessors.Remove(restart.Holder);
                break;
            case SucceedHolder succeed when isOver:
                _predecessors.Remove(succeed.Predecessor);
                break;
            case AcknowledgeRestart acknowledge when isGranted || isOver:
                _predecessors.Remove(acknowledge.Predecessor);
                break;
        }
    }

    private bool Remember(HolderId predecessor)
    {
        if (_predecessors.Contains(predecessor)) return false;
        if (_predecessors.Count == MostPredecessors) _predecessors.RemoveAt(0);
        _predecessors.Add(predecessor);
        return true;
    }
}
