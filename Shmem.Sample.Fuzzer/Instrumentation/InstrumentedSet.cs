namespace Shmem.Sample.Fuzzer.Instrumentation;

/// <summary>
/// Assemblies instrumented together: their edges have the numbers 0 to <see cref="EdgeCount"/> - 1, decided by the assemblies alone.
/// Immutable.
/// </summary>
internal sealed class InstrumentedSet
{
    internal InstrumentedSet(byte[] identity, IReadOnlyList<InstrumentedAssembly> assemblies)
    {
        Identity = identity;
        Assemblies = assemblies;
        EdgeCount = assemblies.Sum(assembly => assembly.EdgeCount);
    }

    /// <summary>The map identity, 32 bytes: maps of different identity must never be joined.</summary>
    public ReadOnlyMemory<byte> Identity { get; }

    /// <summary>Sorted by name.</summary>
    public IReadOnlyList<InstrumentedAssembly> Assemblies { get; }

    /// <summary>The exact length of the coverage map in bytes.</summary>
    public int EdgeCount { get; }

    /// <summary>The instrumented copy of an assembly; null where it is not in the set. Case does not matter, as in the runtime.</summary>
    public InstrumentedAssembly? Find(string simpleName) =>
        Assemblies.FirstOrDefault(assembly => assembly.Name.Equals(simpleName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Which method an edge is in.</summary>
    /// <param name="edge">0 to <see cref="EdgeCount"/> - 1.</param>
    public (InstrumentedAssembly Assembly, uint MethodToken) Locate(int edge)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(edge);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(edge, EdgeCount);
        var assembly = Assemblies.Last(assembly => assembly.FirstEdge <= edge && assembly.EdgeCount > 0);
        int low = 0, high = assembly.Methods.Count - 1;
        while (low < high)
        {
            var middle = (low + high + 1) / 2;
            if (assembly.Methods[middle].FirstEdge <= edge)
                low = middle;
            else
                high = middle - 1;
        }

        return (assembly, assembly.Methods[low].Token);
    }
}
