namespace Shmem.Backends.Coverage;

/// <summary>A view of a coverage map: one hit counter, a byte, per edge. The target writes it; it is cleared before each execution.</summary>
/// <remarks>
/// It does not keep its memory: whoever made it says how long that lives. The target's threads may write while it is read; a count then is the old or the new
/// one. <see cref="Clear"/> and <see cref="CoverageBoard.ClearIfKnown"/> belong to the one thread that runs the executions.
/// </remarks>
public readonly unsafe struct CoverageMap
{
    /// <summary>The length is a multiple of this many bytes, as is the address.</summary>
    public const int Alignment = 64;

    /// <summary>The most edges that a map can have: 16,777,216.</summary>
    public const int MostEdges = 1 << 24;

    /// <summary>A map at <paramref name="start"/>.</summary>
    /// <param name="start">
    /// The first counter, at a multiple of 64, with <see cref="PaddedLength"/> of <paramref name="edges"/> bytes behind it. The bytes after the last
    /// counter are zero and stay so.
    /// </param>
    /// <param name="edges">Counters, 1 to <see cref="MostEdges"/>.</param>
    /// <exception cref="ArgumentException">The address is not a multiple of 64, or the number is out of range.</exception>
    public CoverageMap(byte* start, int edges)
    {
        Length = PaddedLength(edges);
        if (start == null || (nuint)start % Alignment != 0) throw new ArgumentException("A map starts at a multiple of 64.", nameof(start));
        Start = start;
        Edges = edges;
    }

    /// <summary>The first counter.</summary>
    public byte* Start { get; }

    /// <summary>Edges, each with one counter.</summary>
    public int Edges { get; }

    /// <summary>Bytes: <see cref="Edges"/> rounded up to a multiple of 64.</summary>
    public int Length { get; }

    /// <summary>The counters.</summary>
    public Span<byte> Counters => new(Start, Edges);

    /// <summary>Bytes of a map with so many edges: rounded up to a multiple of 64.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Fewer than 1 or more than <see cref="MostEdges"/>.</exception>
    public static int PaddedLength(int edges)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(edges, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(edges, MostEdges);
        return (edges + Alignment - 1) & -Alignment;
    }

    /// <summary>Sets every counter to zero.</summary>
    public void Clear() => BoardScan.Clear(Start, Length);

    /// <summary>Edges with a count other than zero.</summary>
    public int CountHit() => Edges - Counters.Count((byte)0);
}
