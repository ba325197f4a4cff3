using System.Diagnostics;

namespace Shmem.Backends.Signals;

/// <summary>The end of a time limit, by the monotonic clock, for a wait that is cut into slices.</summary>
internal readonly struct Deadline
{
    private readonly long _start;
    private readonly TimeSpan _limit;

    /// <param name="limit">Zero or more, or <see cref="Timeout.InfiniteTimeSpan"/>.</param>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public Deadline(TimeSpan limit)
    {
        Check(limit);
        _start = Stopwatch.GetTimestamp();
        _limit = limit;
    }

    /// <summary>The same check, for who may have no need to wait.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It is negative.</exception>
    public static void Check(TimeSpan limit)
    {
        if (limit < TimeSpan.Zero && limit != Timeout.InfiniteTimeSpan) throw new ArgumentOutOfRangeException(nameof(limit), limit, "A time limit is not negative.");
    }

    /// <summary>What is left, as a limit for another wait.</summary>
    public TimeSpan Remaining => _limit == Timeout.InfiniteTimeSpan ? _limit : Left(_limit);

    /// <summary>What is left, at least zero and at most <paramref name="slice"/>.</summary>
    public TimeSpan Left(TimeSpan slice)
    {
        if (_limit == Timeout.InfiniteTimeSpan) return slice;
        var left = _limit - Stopwatch.GetElapsedTime(_start);
        return left <= TimeSpan.Zero ? TimeSpan.Zero : left < slice ? left : slice;
    }
}
