using Shmem.Tests.Lifetime;

namespace Shmem.Tests.Actors;

/// <summary>A clock that a test moves, with a bug: it fails when it is read, as often as a test says and from when it says.</summary>
internal sealed class FaultyTime : TimeProvider
{
    private readonly ManualTime _time = new();
    private int _readings;
    private int _failures;

    public override long TimestampFrequency => _time.TimestampFrequency;

    public override long GetTimestamp()
    {
        if (_failures == 0) return _time.GetTimestamp();
        if (_readings > 0)
        {
            _readings--;
            return _time.GetTimestamp();
        }

        _failures--;
        throw new InvalidOperationException("planted");
    }

    /// <summary>Time goes on.</summary>
    public void Advance(TimeSpan by) => _time.Advance(by);

    /// <summary>Lets readings fail; called while nobody reads.</summary>
    /// <param name="after">How many go well before.</param>
    /// <param name="times">How many fail, in a row.</param>
    public void Fail(int after = 0, int times = 1) => (_readings, _failures) = (after, times);
}
