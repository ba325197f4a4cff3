using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shmem.Backends.Coverage;

/// <summary><see cref="BoardScan.NextNew(byte*, byte*, int, int)"/> by 128-bit vectors.</summary>
internal static unsafe class Vector128Scan
{
    public static int NextNew(byte* map, byte* board, int length, int from)
    {
        const int Block = 4 * 16;
        var i = from;
        for (; i <= length - Block; i += Block)
        {
            var a = Vector128.Load(map + i);
            var b = Vector128.Load(map + i + 16);
            var c = Vector128.Load(map + i + 2 * 16);
            var d = Vector128.Load(map + i + 3 * 16);
            if ((a | b | c | d) == Vector128<byte>.Zero) continue;
            var unseen = Unseen(a, board + i) | Unseen(b, board + i + 16) | Unseen(c, board + i + 2 * 16) | Unseen(d, board + i + 3 * 16);
            if (unseen != Vector128<byte>.Zero) break;
        }

        // The block that has something, or the lines after the last whole block.
        for (; i < length; i += BoardScan.Line)
        {
            var unseen = Unseen(Vector128.Load(map + i), board + i) | Unseen(Vector128.Load(map + i + 16), board + i + 16)
                | Unseen(Vector128.Load(map + i + 32), board + i + 32) | Unseen(Vector128.Load(map + i + 48), board + i + 48);
            if (unseen != Vector128<byte>.Zero) return i;
        }

        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Unseen(Vector128<byte> hits, byte* board) =>
        Vector128.AndNot(Classify(hits), Vector128.Load(board));

    /// <summary><see cref="HitBuckets.Classify(byte)"/> of each byte: one table for counts below 16, one for the high half of the others.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<byte> Classify(Vector128<byte> hits)
    {
        var low = Vector128.ShuffleNative(Low, hits & Vector128.Create((byte)15));
        var high = Vector128.ShuffleNative(High, (hits.AsUInt16() >>> 4).AsByte() & Vector128.Create((byte)15));
        // A non-zero high half is at least 32, the low table at most 16.
        return Vector128.Max(low, high);
    }

    public static Vector128<byte> Low
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128.Create((byte)0, 1, 2, 4, 8, 8, 8, 8, 16, 16, 16, 16, 16, 16, 16, 16);
    }

    public static Vector128<byte> High
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128.Create((byte)0, 32, 64, 64, 64, 64, 64, 64, 128, 128, 128, 128, 128, 128, 128, 128);
    }
}
