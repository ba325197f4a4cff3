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

    /// <summary><see cref="BoardScan.NextNew(byte*, byte*, int, int)"/>.</summary>
    public static int NextNew<TVector>(byte* map, byte* board, int length, int from) where TVector : IVectorScan
    {
        var end = from + (length - from) / Block * Block;
        for (var i = from; i < end; i += Group * Block)
        {
            for (var busy = Busy<TVector>(map + i, Math.Min((end - i) / Block, Group)); busy != 0; busy &= busy - 1)
            {
                var at = i + BitOperations.TrailingZeroCount(busy) * Block;
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
            for (var busy = Busy<TVector>(map + i, Math.Min((end - i) / Block, Group)); busy != 0; busy &= busy - 1)
                TVector.ClearBlock(map + i + BitOperations.TrailingZeroCount(busy) * Block);
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
        var busy = stackalloc ulong[end / (Group * Block) + 1];
        for (var i = 0; i < end; i += Group * Block)
        {
            var group = Busy<TVector>(map + i, Math.Min((end - i) / Block, Group));
            busy[i / (Group * Block)] = group;
            for (; group != 0; group &= group - 1)
            {
                var at = i + BitOperations.TrailingZeroCount(group) * Block;
                if (TVector.BlockHasNew(map + at, board + at)) return false;
            }
        }

        if (NextLine<TVector>(map, board, length, end) < length) return false;
        for (var i = 0; i < end; i += Group * Block)
        {
            for (var group = busy[i / (Group * Block)]; group != 0; group &= group - 1)
                TVector.ClearBlock(map + i + BitOperations.TrailingZeroCount(group) * Block);
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

    /// <summary>A bit for each block that is not idle, at most 64.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ulong Busy<TVector>(byte* map, int blocks) where TVector : IVectorScan
    {
        var busy = 0UL;
        for (var block = 0; block < blocks; block++)
            busy |= (TVector.IsZero(map + block * Block) ? 0UL : 1UL) << block;
        return busy;
    }
}
