using System.Numerics;
using System.Runtime.CompilerServices;

namespace Shmem.Backends.Coverage;

/// <summary>Compares and clears a map block by block: what a method hits lies together, so most blocks are idle and passed over.</summary>
/// <remarks>
/// Which blocks of a group are not idle is found first, without a branch: an execution's own pattern of them is one that no processor foresees.
/// </remarks>
internal static unsafe class BlockScan
{
    public const int Block = 256;

    /// <summary>Blocks whose state fits a word: 16 KiB.</summary>
    private const int Group = 64;

    /// <summary>The first block's bit of a group.</summary>
    private const ulong First = 1UL << (Group - 1);

    /// <summary><see cref="BoardScan.NextNew(byte*, byte*, int, int)"/>.</summary>
    public static int NextNew<TVector>(byte* map, byte* board, int length, int from) where TVector : IVectorScan
    {
        var end = from + (length - from) / Block * Block;
        for (var i = from; i < end; i += Group * Block)
        {
            for (var busy = Busy<TVector>(map + i, map + end); busy != 0;)
            {
                var at = i + TakeBlock(ref busy) * Block;
                if (TVector.BlockHasNew(map + at, board + at)) return NextLine<TVector>(map, board, length, at);
            }
        }

        return NextLine<TVector>(map, board, length, end);
    }

    /// <summary>Sets to zero what is not: reading what is idle is cheaper than writing it.</summary>
    public static void Clear<TVector>(byte* map, int length) where TVector : IVectorScan
    {
        var end = length / Block * Block;
        for (var i = 0; i < end; i += Group * Block)
        {
            for (var busy = Busy<TVector>(map + i, map + end); busy != 0;) TVector.ClearBlock(map + i + TakeBlock(ref busy) * Block);
        }

        new Span<byte>(map + end, length - end).Clear();
    }

    /// <summary>
    /// <see cref="BoardScan.ClearIfKnown(byte*, byte*, int)"/>. A map and what the target uses besides are more than the first cache holds: reading it once
    /// instead of twice is most of what this saves.
    /// </summary>
    public static bool ClearIfKnown<TVector>(byte* map, byte* board, int length) where TVector : IVectorScan
    {
        var end = length / Block * Block;
        // 8 KiB for the largest map.
        var groups = stackalloc ulong[end / (Group * Block) + 1];
        var group = groups;
        for (var i = 0; i < end; i += Group * Block)
        {
            var busy = Busy<TVector>(map + i, map + end);
            *group++ = busy;
            while (busy != 0)
            {
                var at = i + TakeBlock(ref busy) * Block;
                if (TVector.BlockHasNew(map + at, board + at)) return false;
            }
        }

        if (NextLine<TVector>(map, board, length, end) < length) return false;
        group = groups;
        for (var i = 0; i < end; i += Group * Block)
        {
            for (var busy = *group++; busy != 0;) TVector.ClearBlock(map + i + TakeBlock(ref busy) * Block);
        }

        new Span<byte>(map + end, length - end).Clear();
        return true;
    }

    /// <summary>The block that has something, or the lines behind the last whole block.</summary>
    private static int NextLine<TVector>(byte* map, byte* board, int length, int from) where TVector : IVectorScan
    {
        for (var i = from; i < length; i += BoardScan.Line)
            if (TVector.LineHasNew(map + i, board + i)) return i;
        return length;
    }

    /// <summary>A bit for each block of a group that is not idle, the first block's the highest.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Busy<TVector>(byte* map, byte* end) where TVector : IVectorScan
    {
        var blocks = (int)Math.Min((ulong)(end - map) / Block, Group);
        var busy = 0UL;
        for (var block = blocks; block > 0; block--, map += Block) busy = busy * 2 + (TVector.IsZero(map) ? 0UL : 1UL);
        return busy << (Group - blocks);
    }

    /// <summary>Takes out the first block's bit, and tells its number.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static int TakeBlock(ref ulong busy)
    {
        var block = BitOperations.LeadingZeroCount(busy);
        busy ^= First >> block;
        return block;
    }
}
