namespace Shmem.Actors.Workers;

/// <summary>
/// Deaths before the first completed execution, or by a fault of the program's own, in a row, of the processes that had one slot or of those that had none: each makes the next start wait
/// longer, and there may be too many. Pure state; the timer is the actor's.
/// </summary>
internal sealed class EarlyDeathCount
{
    private int _inARow;
    private TimeSpan _wait;

    /// <summary>True until the wait after the last death is over.</summary>
    public bool IsWaiting { get; private set; }

    /// <summary>True when there were too many.</summary>
    public bool HasGivenUp { get; private set; }

    /// <summary>True where even the longest wait has not helped: the attempt after it has failed.</summary>
    public bool HasWaitedLongest { get; private set; }

    /// <summary>Counts one more.</summary>
    /// <returns>How long to wait before the next attempt, if there is one.</returns>
    public TimeSpan Add(WorkerOptions options)
    {
        HasGivenUp = ++_inARow >= options.EarlyDeaths;
        IsWaiting = true;
        HasWaitedLongest = _inARow > 1 && _wait >= options.LongestBackOff;
        var doubled = options.BackOff * Math.Pow(2, Math.Min(_inARow - 1, 30));
        _wait = doubled < options.LongestBackOff ? doubled : options.LongestBackOff;
        return _wait;
    }

    public void WaitIsOver() => IsWaiting = false;

    /// <summary>A process has come further: the row is broken, and nothing is waited for.</summary>
    public void Reset()
    {
        _inARow = 0;
        IsWaiting = false;
        HasGivenUp = false;
        HasWaitedLongest = false;
    }
}
