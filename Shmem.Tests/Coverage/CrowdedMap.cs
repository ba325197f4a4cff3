using System.Runtime.InteropServices;
using Shmem.Backends.Coverage;

namespace Shmem.Tests.Coverage;

/// <summary>A map whose every edge was hit once, among memory that is of another and looks the same.</summary>
internal sealed unsafe class CrowdedMap : IDisposable
{
    private readonly byte* _memory;

    public CrowdedMap(int edges)
    {
        var length = CoverageMap.PaddedLength(edges);
        // SAFETY: the map is the middle one of three that were allocated.
        _memory = (byte*)NativeMemory.AlignedAlloc((nuint)(3 * length), CoverageMap.Alignment);
        new Span<byte>(_memory, 3 * length).Fill(1);
        Map = new CoverageMap(_memory + length, edges);
    }

    public CoverageMap Map { get; }

    /// <summary>Whether what is in front of the map and behind it is as it was.</summary>
    public bool AreOthersWhole => !new Span<byte>(_memory, Map.Length).ContainsAnyExcept((byte)1) && !new Span<byte>(_memory + 2 * Map.Length, Map.Length).ContainsAnyExcept((byte)1);

    public void Dispose() => NativeMemory.AlignedFree(_memory);
}
