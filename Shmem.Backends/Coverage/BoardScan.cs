using System.Runtime.CompilerServices;

namespace Shmem.Backends.Coverage;

/// <summary>Finds where a map has buckets that a board lacks. It writes nothing: most executions reach nothing new.</summary>
/// <remarks>
/// Bits of a board are only ever set, so a plain read that misses one set meanwhile makes a claim too many, which then owns nothing. Map and board
/// start at multiples of 64 and are multiples of 64 long.
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
        VectorWidth.Vector512 => Vector512Scan.NextNew(map, board, length, from),
        VectorWidth.Vector256 => Vector256Scan.NextNew(map, board, length, from),
        VectorWidth.Vector128 => Vector128Scan.NextNew(map, board, length, from),
        _ => ScalarScan.NextNew(map, board, length, from),
    };
}
