namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>Executions per second over the last few seconds, from samples of a count that only grows. One thread.</summary>
internal sealed class RateMeter
{
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(3);

    private readonly Queue<(TimeSpan Time, long Count)> _samples = new();

    /// <summary>Takes a sample and tells the rate; 0 for the first.</summary>
    public double Sample(TimeSpan now, long count)
    {
        _samples.Enqueue((now, count));
        while (_samples.Count > 2 && now - _samples.Peek().Time > Window) _samples.Dequeue();
        var first = _samples.Peek();
        var seconds = (now - first.Time).TotalSeconds;
        // A worker that took over counts from 0 again.
        return seconds > 0 ? Math.Max(0, count - first.Count) / seconds : 0;
    }
}
