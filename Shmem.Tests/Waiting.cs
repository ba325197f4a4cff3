namespace Shmem.Tests;

/// <summary>How tests wait for what another thread or process does.</summary>
internal static class Waiting
{
    /// <summary>Looks until it is so.</summary>
    public static async Task Until(Func<bool> isSo, TimeSpan limit, string what)
    {
        using var deadline = new CancellationTokenSource(limit);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10));
        try
        {
            while (!isSo()) await timer.WaitForNextTickAsync(deadline.Token);
        }
        catch (OperationCanceledException)
        {
            throw new TimeoutException($"Not within {limit.TotalSeconds} s: {what}");
        }
    }

    /// <summary>Collects and looks until it is so: a collection may keep what a register still names.</summary>
    public static Task UntilCollected(Func<bool> isSo, TimeSpan limit, string what) => Until(() =>
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        return isSo();
    }, limit, what);
}
