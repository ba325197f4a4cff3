using System.Runtime.CompilerServices;

namespace Shmem.Backends.Coverage;

/// <summary>Finds where a map has buckets that a board lacks, and clears maps, by vectors of the width that is chosen.</summary>
/// <remarks>
/// The board is only read: most executions reach nothing new. Its bits are only ever set, so a plain read that misses one set meanwhile makes a claim
/// too many, which then owns nothing. Map and board start at multiples of 64 and are multiples of 64 long.
/// </remarks>
internal static unsafe class BoardScan
{
    /// <summary>Bytes in which a difference is reported.</summary>
    public const int Line = 64;

    /// <summary>The offset of the first line, from <paramref name="from"/> on, with a bucket that the board lacks; else <paramref name="length"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NextNew(byte* map, byte* board, int length, int from) => NextNew(VectorChoice.Width, map, board, length, from);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static int NextNew(VectorWidth width, byte* map, byte* board, int length, int from) => width switch
    {
        VectorWidth.Vector512 => BlockScan.NextNew<Vector512Scan>(map, board, length, from),
        VectorWidth.Vector256 => BlockScan.NextNew<Vector256Scan>(map, board, length, from),
        VectorWidth.Vector128 => BlockScan.NextNew<Vector128Scan>(map, board, length, from),
        _ => ScalarScan.NextNew(map, board, length, from),
    };

    /// <summary>Sets a map to zero.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clear(byte* map, int length) => Clear(VectorChoice.Width, map, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Clear(VectorWidth width, byte* map, int length)
    {
        switch (width)
        {
            case VectorWidth.Vector512: BlockScan.Clear<Vector512Scan>(map, length); break;
            case VectorWidth.Vector256: BlockScan.Clear<Vector256Scan>(map, length); break;
            case VectorWidth.Vector128: BlockScan.Clear<Vector128Scan>(map, length); break;
            default: new Span<byte>(map, length).Clear(); break;
        }
    }

    /// <summary>Sets a map to zero if the board has all its buckets; else it changes nothing.</summary>
    /// <returns>True where it did.</returns>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool ClearIfKnown(byte* map, byte* board, int length) => ClearIfKnown(VectorChoice.Width, map, board, length);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool ClearIfKnown(VectorWidth width, byte* map, byte* board, int length)
    {
        switch (width)
        {
            case VectorWidth.Vector512: return BlockScan.ClearIfKnown<Vector512Scan>(map, board, length);
            case VectorWidth.Vector256: return BlockScan.ClearIfKnown<Vector256Scan>(map, board, length);
            case VectorWidth.Vector128: return BlockScan.ClearIfKnown<Vector128Scan>(map, board, length);
            default:
                if (ScalarScan.NextNew(map, board, length, 0) < length) return false;
                new Span<byte>(map, length).Clear();
                return true;
        }
    }
}
