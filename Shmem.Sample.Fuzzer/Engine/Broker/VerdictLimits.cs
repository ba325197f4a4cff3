namespace Shmem.Sample.Fuzzer.Engine.Broker;

/// <summary>How patient a verdict process is.</summary>
/// <param name="Execution">Time limit of one execution.</param>
/// <param name="Heap">Bytes of the garbage collector's heap.</param>
/// <param name="Late">How long to wait after each input for threads that it started.</param>
internal sealed record VerdictLimits(TimeSpan Execution, long Heap, TimeSpan Late);
