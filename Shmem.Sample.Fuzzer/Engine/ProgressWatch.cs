namespace Shmem.Sample.Fuzzer.Engine;

/// <summary>
/// Notices that a worker is stuck in one execution, from samples of its counter of executions. Time in which its thread was ready but had no processor
/// does not count: on a machine with more to do than processors that is no fault of the input. Pure: time is passed in.
/// </summary>
/// <param name="limit">How long one execution may take.</param>
/// <param name="firstLimit">How long the first may take: static constructors and the just-in-time compiler run in it.</param>
internal sealed class ProgressWatch(TimeSpan limit, TimeSpan firstLimit)
{
    private long _executions = -1;
    private TimeSpan _since;
    private TimeSpan _waitedBefore;

    /// <summary>Takes a sample.</summary>
    /// <param name="now">A clock that never goes back.</param>
    /// <param name="executions">Executions that the worker has completed.</param>
    /// <param name="running">Whether the target's code has the thread right now.</param>
    /// <param name="waited">How long the thread has waited for a processor since its start; asked only of one that runs the target.</param>
    /// <returns>True when the same execution has been running for longer than its limit.</returns>
    public bool IsStuck(TimeSpan now, long executions, bool running, Func<TimeSpan> waited)
    {
        if (!running)
        {
            // What runs next begins anew.
            _executions = -1;
            return false;
        }

        if (executions != _executions)
        {
            (_executions, _since, _waitedBefore) = (executions, now, waited());
            return false;
        }

        return now - _since - (waited() - _waitedBefore) > (executions == 0 ? firstLimit : limit);
    }
}
