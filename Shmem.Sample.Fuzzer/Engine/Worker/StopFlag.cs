namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>Tells the fuzzing thread to stop, or that something it waits for has come. Set from any thread.</summary>
internal sealed class StopFlag
{
    private readonly object _gate = new();
    private volatile bool _isSet;

    /// <summary>A plain read: it is asked before every execution.</summary>
    public bool IsSet => _isSet;

    public void Set()
    {
        _isSet = true;
        Tell();
    }

    public void Tell()
    {
        lock (_gate) Monitor.PulseAll(_gate);
    }

    /// <summary>Waits for <see cref="Tell"/>, at most 20 ms: what came just before the wait is then seen all the same.</summary>
    public void WaitForNews()
    {
        lock (_gate) Monitor.Wait(_gate, 20);
    }
}
