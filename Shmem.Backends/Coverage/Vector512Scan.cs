using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shmem.Backends.Coverage;

/// <summary><see cref="BoardScan.NextNew(byte*, byte*, int, int)"/> by 512-bit vectors.</summary>
internal static unsafe class Vector512Scan
{
    public static int NextNew(byte* map, byte* board, int length, int from)
    {
        const int Block = 4 * 64;
        var i = from;
        for (; i <= length - Block; i += Block)
        {
            var a = Vector512.Load(map + i);
            var b = Vector512.Load(map + i + 64);
            var c = Vector512.Load(map + i + 2 * 64);
            var d = Vector512.Load(map + i + 3 * 64);
            if ((a | b | c | d) == Vector512<byte>.Zero) continue;
            var unseen = Unseen(a, board + i) | Unseen(b, board + i + 64) | Unseen(c, board + i + 2 * 64) | Unseen(d, board + i + 3 * 64);
            if (unseen != Vector512<byte>.Zero) break;
        }

        // The block that has something, or the lines after the last whole block.
        for (; i < length; i += BoardScan.Line)
        {
            var unseen = Unseen(Vector512.Load(map + i), board + i);
            if (unseen != Vector512<byte>.Zero) return i;
        }

        return length;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Unseen(Vector512<byte> hits, byte* board) =>
        Vector512.AndNot(Classify(hits), Vector512.Load(board));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Classify(Vector512<byte> hits)
    {
        if (!Avx512BW.IsSupported) return Vector512.Create(Vector256Scan.Classify(hits.GetLower()), Vector256Scan.Classify(hits.GetUpper()));
        var low = Avx512BW.Shuffle(Vector512.Create(Vector128Scan.Low), hits & Vector512.Create((byte)15));
        var high = Avx512BW.Shuffle(Vector512.Create(Vector128Scan.High), (hits.AsUInt16() >>> 4).AsByte() & Vector512.Create((byte)15));
        return Vector512.Max(low, high);
    }
}
