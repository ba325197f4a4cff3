namespace Shmem.Actors.Workers;

/// <summary>
/// Deaths before the first completed execution, or by a fault of the program's own, in a row, of the processes for one slot or of the spare: each makes the next start wait longer, and
/// too many end the attempts. Pure state; the timer is the actor's.
/// </summary>
internal sealed class EarlyDeathCount
{
    private int _inARow;

    /// <summary>True until the wait after the last death is over.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>True when there were too many.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>Counts one more.</summary>
    /// <returns>How long to wait, or null when it was the last attempt.</returns>
    public TimeSpan? Add(WorkerOptions options)
    {
        if (++_inARow >= options.EarlyDeaths)
        {
            HasGivenUp = true;
            return null;
        }

        IsWaiting = true;
        var doubled = options.BackOff * Math.Pow(2, Math.Min(_inARow - 1, 30));
        return doubled < options.LongestBackOff ? doubled : options.LongestBackOff;
    }

    public void WaitIsOver() => IsWaiting = false;

    /// <summary>A process has worked: the row is broken.</summary>
    public void Reset()
    {
        _inARow = 0;
        HasGivenUp = false;
    }
}
