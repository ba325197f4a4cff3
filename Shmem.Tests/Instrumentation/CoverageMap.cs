using System.Runtime.InteropServices;
using Shmem.Sample.Fuzzer.Instrumentation;
using Xunit;

namespace Shmem.Tests.Instrumentation;

/// <summary>The one coverage map that this process can have. Tests that look into it are in the collection, and so run one by one.</summary>
[CollectionDefinition("coverage map", DisableParallelization = true)]
public sealed unsafe class CoverageMap : ICollectionFixture<CoverageMap>
{
    private const int Length = 1 << 22;
    private static readonly byte* Bytes = Attach();

    /// <summary>The counters, all of them.</summary>
    internal static Span<byte> Counters => new(Bytes, Length);

    /// <summary>Clears the map, runs something, and says which edges it took.</summary>
    internal static Dictionary<int, byte> EdgesOf(Action run)
    {
        Counters.Clear();
        run();
        var edges = new Dictionary<int, byte>();
        for (var i = 0; i < Length; i++)
        {
            if (Bytes[i] != 0)
                edges.Add(i, Bytes[i]);
        }

        return edges;
    }

    private static byte* Attach()
    {
        // Never freed: the address is part of the jitted code.
        var bytes = (byte*)NativeMemory.AllocZeroed(Length);
        TraceMap.Attach(bytes, Length);
        return bytes;
    }
}
