using Shmem.Backends;

namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>
/// Opens segments for a worker at work. That the system has no descriptor or no memory left may pass, and is no reason to die: it is tried again, by the
/// clock and not by picks, of which there are thousands a second. Where it lasts the worker fails: its target may have used up what a process may have, which its
/// successor has again, and the user is told. One for all that the worker opens; one thread.
/// </summary>
/// <param name="provider">Opens them.</param>
/// <param name="milliseconds">A clock that never goes back.</param>
/// <param name="wait">Lets a while pass.</param>
internal sealed class WorkerSegments(ShMemProvider provider, Func<long> milliseconds, Action wait)
{
    /// <summary>How long a refusal holds.</summary>
    internal const long RetryMilliseconds = 1000;

    /// <summary>How long everything may be refused.</summary>
    internal const long MostMilliseconds = 60_000;

    private long? _shortSince;
    private long _tryAgainAt;

    /// <summary>By the system's clock.</summary>
    public WorkerSegments(ShMemProvider provider)
        : this(provider, () => Environment.TickCount64, () => Thread.Sleep(TimeSpan.FromMilliseconds(RetryMilliseconds)))
    {
    }

    /// <summary>True from a refusal until it is time to try again. Where there was none it costs nothing to ask.</summary>
    public bool IsShort => _shortSince is not null && milliseconds() < _tryAgainAt;

    /// <summary>Opens a segment unless that has to wait.</summary>
    /// <returns>A view, which the caller disposes; null where it is to be tried again later.</returns>
    /// <exception cref="ShMemException">It cannot be opened, for a reason that does not pass.</exception>
    public ShMem? TryOpen(ShMemDescription segment)
    {
        if (IsShort) return null;
        try
        {
            return Open(segment);
        }
        catch (ShMemException refused) when (PutOff(refused))
        {
            return null;
        }
    }

    /// <summary>Opens a segment for who has nothing else to do until it is there.</summary>
    /// <returns>A view, which the caller disposes.</returns>
    /// <exception cref="ShMemException">It cannot be opened, for a reason that does not pass.</exception>
    public ShMem OpenPatiently(ShMemDescription segment)
    {
        while (true)
        {
            if (TryOpen(segment) is { } opened) return opened;
            wait();
        }
    }

    /// <summary>Opens a segment now, for who cannot be given null. Who tries again later says so by <see cref="PutOff"/>.</summary>
    /// <returns>A view, which the caller disposes.</returns>
    /// <exception cref="ShMemException">It cannot be opened.</exception>
    public ShMem Open(ShMemDescription segment)
    {
        var opened = provider.Open(segment);
        _shortSince = null;
        return opened;
    }

    /// <summary>What <see cref="Open"/> was refused is tried again later.</summary>
    /// <returns>False where that would not help: it is another reason, or has lasted too long.</returns>
    public bool PutOff(ShMemException refused)
    {
        if (refused.Error != ShMemError.LimitReached) return false;
        var now = milliseconds();
        // Nobody has asked for a while, as a spare that waits for its slot: whether it has lasted nobody knows.
        if (_shortSince is null || now - _tryAgainAt > MostMilliseconds / 2) _shortSince = now;
        _tryAgainAt = now + RetryMilliseconds;
        return now - _shortSince < MostMilliseconds;
    }
}
