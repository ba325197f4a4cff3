using System.Diagnostics;

namespace Shmem.Benchmarks.Loop;

/// <summary>The loop, and its target alone, on the same inputs.</summary>
/// <param name="Inputs">How many.</param>
/// <param name="AloneTicks">Ticks of <see cref="Stopwatch"/> that the target took alone.</param>
/// <param name="Executions">What the loop executed: the same inputs, and those that it trimmed finds by.</param>
/// <param name="LoopTicks">Ticks that the loop took.</param>
/// <param name="Allocated">Bytes that were allocated in the loop.</param>
internal readonly record struct LoopTurn(long Inputs, long AloneTicks, long Executions, long LoopTicks, long Allocated)
{
    public double AloneRate => (double)Inputs * Stopwatch.Frequency / AloneTicks;

    /// <summary>Inputs a second: trimming is no work that the target alone would do.</summary>
    public double LoopRate => (double)Inputs * Stopwatch.Frequency / LoopTicks;

    public double Ratio => LoopRate / AloneRate;

    public static LoopTurn operator +(LoopTurn one, LoopTurn other) => new(one.Inputs + other.Inputs, one.AloneTicks + other.AloneTicks,
        one.Executions + other.Executions, one.LoopTicks + other.LoopTicks, one.Allocated + other.Allocated);
}
