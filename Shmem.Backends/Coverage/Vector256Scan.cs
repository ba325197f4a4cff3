using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shmem.Backends.Coverage;

/// <summary><see cref="BoardScan.NextNew(byte*, byte*, int, int)"/> by 256-bit vectors.</summary>
internal static unsafe class Vector256Scan
{
    public static int NextNew(byte* map, byte* board, int length, int from)
    {
        const int Block = 4 * 32;
        var i = from;
        for (; i <= length - Block; i += Block)
        {
            var a = Vector256.Load(map + i);
            var b = Vector256.Load(map + i + 32);
            var c = Vector256.Load(map + i + 2 * 32);
            var d = Vector256.Load(map + i + 3 * 32);
            var ab = a | b;
            var cd = c | d;
            if ((ab | cd) == Vector256<byte>.Zero) continue;
            // Each line by itself: the test for zero is cheaper than the tables, and most maps are sparse.
            if (ab != Vector256<byte>.Zero && (Unseen(a, board + i) | Unseen(b, board + i + 32)) != Vector256<byte>.Zero) return i;
            if (cd != Vector256<byte>.Zero && (Unseen(c, board + i + 64) | Unseen(d, board + i + 96)) != Vector256<byte>.Zero) return i + 64;
        }

        // A map is any number of lines long.
        for (; i < length; i += BoardScan.Line)
            if ((Unseen(Vector256.Load(map + i), board + i) | Unseen(Vector256.Load(map + i + 32), board + i + 32)) != Vector256<byte>.Zero) return i;

        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Unseen(Vector256<byte> hits, byte* board) =>
        Vector256.AndNot(Classify(hits), Vector256.Load(board));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Classify(Vector256<byte> hits)
    {
        if (!Avx2.IsSupported) return Vector256.Create(Vector128Scan.Classify(hits.GetLower()), Vector128Scan.Classify(hits.GetUpper()));
        var low = Avx2.Shuffle(Vector256.Create(Vector128Scan.Low), hits & Vector256.Create((byte)15));
        var high = Avx2.Shuffle(Vector256.Create(Vector128Scan.High), (hits.AsUInt16() >>> 4).AsByte() & Vector256.Create((byte)15));
        return Vector256.Max(low, high);
    }
}
