using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shmem.Backends.Coverage;

/// <summary><see cref="BoardScan.NextNew(byte*, byte*, int, int)"/> by 256-bit vectors.</summary>
internal static unsafe class Vector256Scan
{
    private const int Block = 8 * 32;

    public static int NextNew(byte* map, byte* board, int length, int from)
    {
        // What a method hits lies together, so large blocks are mostly either idle or not: one branch for each, and none that depends on single edges, which no
        // processor foresees.
        var i = from;
        for (; i <= length - Block; i += Block)
        {
            if (IsZero(map + i)) continue;
            var unseen = Unseen(map + i, board + i) | Unseen(map + i + 32, board + i + 32)
                | Unseen(map + i + 64, board + i + 64) | Unseen(map + i + 96, board + i + 96)
                | Unseen(map + i + 128, board + i + 128) | Unseen(map + i + 160, board + i + 160)
                | Unseen(map + i + 192, board + i + 192) | Unseen(map + i + 224, board + i + 224);
            if (unseen != Vector256<byte>.Zero) break;
        }

        // The block that has something, or the lines after the last whole block.
        for (; i < length; i += BoardScan.Line)
            if ((Unseen(map + i, board + i) | Unseen(map + i + 32, board + i + 32)) != Vector256<byte>.Zero) return i;

        return length;
    }

    /// <summary>Sets to zero what is not: reading what is idle is cheaper than writing it.</summary>
    public static void Clear(byte* map, int length)
    {
        var i = 0;
        for (; i <= length - Block; i += Block)
            if (!IsZero(map + i)) new Span<byte>(map + i, Block).Clear();
        new Span<byte>(map + i, length - i).Clear();
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static bool IsZero(byte* block) =>
        (Vector256.Load(block) | Vector256.Load(block + 32) | Vector256.Load(block + 64) | Vector256.Load(block + 96)
            | Vector256.Load(block + 128) | Vector256.Load(block + 160) | Vector256.Load(block + 192) | Vector256.Load(block + 224)) == Vector256<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<byte> Unseen(byte* hits, byte* board) =>
        Vector256.AndNot(Classify(Vector256.Load(hits)), Vector256.Load(board));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<byte> Classify(Vector256<byte> hits)
    {
        if (!Avx2.IsSupported) return Vector256.Create(Vector128Scan.Classify(hits.GetLower()), Vector128Scan.Classify(hits.GetUpper()));
        var low = Avx2.Shuffle(Vector256.Create(Vector128Scan.Low), hits & Vector256.Create((byte)15));
        var high = Avx2.Shuffle(Vector256.Create(Vector128Scan.High), (hits.AsUInt16() >>> 4).AsByte() & Vector256.Create((byte)15));
        return Vector256.Max(low, high);
    }
}
