namespace Shmem.Sample.Fuzzer.Output;

/// <summary>What the runs before this one of the same campaign came to, as far as <c>fuzzer_stats</c> says. Limits of a run do not count it; statistics and names do.</summary>
/// <param name="Time">How long they ran.</param>
/// <param name="Executions">Executions in them.</param>
internal readonly record struct EarlierRuns(TimeSpan Time, long Executions);
