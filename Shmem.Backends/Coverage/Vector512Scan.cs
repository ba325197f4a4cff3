using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Shmem.Backends.Coverage;

/// <summary><see cref="BlockScan"/> by 512-bit vectors.</summary>
internal readonly unsafe struct Vector512Scan : IVectorScan
{
    // The tables of Vector128Scan, eight bytes each, the first the lowest: what Vector512.Create makes of a 128-bit vector the JIT puts together anew at each use.
    private const ulong Low0 = 0x08_08_08_08_04_02_01_00;
    private const ulong Low8 = 0x10_10_10_10_10_10_10_10;
    private const ulong High0 = 0x40_40_40_40_40_40_20_00;
    private const ulong High8 = 0x80_80_80_80_80_80_80_80;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool IsZero(byte* block) =>
        (Vector512.Load(block) | Vector512.Load(block + 64) | Vector512.Load(block + 128) | Vector512.Load(block + 192)) == Vector512<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool BlockHasNew(byte* map, byte* board) =>
        (Unseen(map, board) | Unseen(map + 64, board + 64) | Unseen(map + 128, board + 128) | Unseen(map + 192, board + 192)) != Vector512<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static bool LineHasNew(byte* map, byte* board) => Unseen(map, board) != Vector512<byte>.Zero;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void ClearBlock(byte* block)
    {
        for (var i = 0; i < BlockScan.Block; i += Vector512<byte>.Count) Vector512<byte>.Zero.Store(block + i);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector512<byte> Unseen(byte* hits, byte* board) =>
        Vector512.AndNot(Classify(Vector512.Load(hits)), Vector512.Load(board));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<byte> Classify(Vector512<byte> hits)
    {
        if (!Avx512BW.IsSupported) return Vector512.Create(Vector256Scan.Classify(hits.GetLower()), Vector256Scan.Classify(hits.GetUpper()));
        var low = Avx512BW.Shuffle(Low, hits & Vector512.Create((byte)15));
        var high = Avx512BW.Shuffle(High, (hits.AsUInt16() >>> 4).AsByte() & Vector512.Create((byte)15));
        return Vector512.Max(low, high);
    }

    private static Vector512<byte> Low
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(Low0, Low8, Low0, Low8, Low0, Low8, Low0, Low8).AsByte();
    }

    private static Vector512<byte> High
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512.Create(High0, High8, High0, High8, High0, High8, High0, High8).AsByte();
    }
}
