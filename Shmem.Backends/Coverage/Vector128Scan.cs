using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace Shmem.Backends.Coverage;

/// <summary><see cref="BlockScan"/> by 128-bit vectors.</summary>
internal readonly unsafe struct Vector128Scan : IVectorScan
{
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsZero(byte* block) =>
        (Vector128.Load(block) | Vector128.Load(block + 16) | Vector128.Load(block + 32) | Vector128.Load(block + 48)
            | Vector128.Load(block + 64) | Vector128.Load(block + 80) | Vector128.Load(block + 96) | Vector128.Load(block + 112)
            | Vector128.Load(block + 128) | Vector128.Load(block + 144) | Vector128.Load(block + 160) | Vector128.Load(block + 176)
            | Vector128.Load(block + 192) | Vector128.Load(block + 208) | Vector128.Load(block + 224) | Vector128.Load(block + 240)) == Vector128<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool BlockHasNew(byte* map, byte* board) =>
        (Unseen(map, board) | Unseen(map + 16, board + 16) | Unseen(map + 32, board + 32) | Unseen(map + 48, board + 48)
            | Unseen(map + 64, board + 64) | Unseen(map + 80, board + 80) | Unseen(map + 96, board + 96) | Unseen(map + 112, board + 112)
            | Unseen(map + 128, board + 128) | Unseen(map + 144, board + 144) | Unseen(map + 160, board + 160) | Unseen(map + 176, board + 176)
            | Unseen(map + 192, board + 192) | Unseen(map + 208, board + 208) | Unseen(map + 224, board + 224) | Unseen(map + 240, board + 240)) != Vector128<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool LineHasNew(byte* map, byte* board) =>
        (Unseen(map, board) | Unseen(map + 16, board + 16) | Unseen(map + 32, board + 32) | Unseen(map + 48, board + 48)) != Vector128<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ClearBlock(byte* block)
    {
        for (var i = 0; i < BlockScan.Block; i += Vector128<byte>.Count) Vector128<byte>.Zero.Store(block + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector128<byte> Unseen(byte* hits, byte* board) =>
        Vector128.AndNot(Classify(Vector128.Load(hits)), Vector128.Load(board));

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
