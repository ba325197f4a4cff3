namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>Where a method's edges begin; they end where the next method's begin.</summary>
/// <param name="Token">The method's metadata token, the same in the original and in the copy.</param>
/// <param name="FirstEdge">The number of its first edge.</param>
internal readonly record struct MethodEdges(uint Token, int FirstEdge);
