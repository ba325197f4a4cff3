using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shmem.Backends.Coverage;

/// <summary><see cref="BlockScan"/> by 256-bit vectors.</summary>
internal readonly unsafe struct Vector256Scan : IVectorScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsZero(byte* block) =>
        (Vector256.Load(block) | Vector256.Load(block + 32) | Vector256.Load(block + 64) | Vector256.Load(block + 96)
            | Vector256.Load(block + 128) | Vector256.Load(block + 160) | Vector256.Load(block + 192) | Vector256.Load(block + 224)) == Vector256<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool BlockHasNew(byte* map, byte* board) =>
        (Unseen(map, board) | Unseen(map + 32, board + 32) | Unseen(map + 64, board + 64) | Unseen(map + 96, board + 96)
            | Unseen(map + 128, board + 128) | Unseen(map + 160, board + 160) | Unseen(map + 192, board + 192) | Unseen(map + 224, board + 224)) != Vector256<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool LineHasNew(byte* map, byte* board) =>
        (Unseen(map, board) | Unseen(map + 32, board + 32)) != Vector256<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ClearBlock(byte* block)
    {
        for (var i = 0; i < BlockScan.Block; i += Vector256<byte>.Count) Vector256<byte>.Zero.Store(block + i);
    }

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
