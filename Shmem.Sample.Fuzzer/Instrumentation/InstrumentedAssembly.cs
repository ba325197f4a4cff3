namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>One assembly of a set.</summary>
/// <param name="Name">Its simple name, which may differ from its file's.</param>
/// <param name="OriginalPath">The file that was given.</param>
/// <param name="Path">The instrumented copy, in the cache.</param>
/// <param name="FirstEdge">The number of its first edge.</param>
/// <param name="EdgeCount">How many edges it has.</param>
/// <param name="Methods">Where each method's edges begin, in order.</param>
internal sealed record InstrumentedAssembly(
    string Name, string OriginalPath, string Path, int FirstEdge, int EdgeCount, IReadOnlyList<MethodEdges> Methods);
