namespace Shmem.Sample.Fuzzer.Engine.Worker;

/// <summary>Tells the fuzzing thread to stop, or that something it waits for has come. Set from any thread.</summary>
internal sealed class StopFlag
{
    private readonly SemaphoreSlim _news = new(0);
    private volatile bool _isSet;

    /// <summary>A plain read: it is asked before every execution.</summary>
    public bool IsSet => _isSet;

    public void Set()
    {
        _isSet = true;
        Tell();
    }

    public void Tell() => _news.Release();

    /// <summary>Waits for <see cref="Tell"/>, at most 100 ms.</summary>
    public void WaitForNews() => _news.Wait(100);
}
