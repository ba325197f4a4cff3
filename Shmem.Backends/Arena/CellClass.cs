using System.Numerics;

namespace Shmem.Backends.Arena;

/// <summary>
/// The sizes that cells really have: 4, 8, 16, 32, 64, then multiples of 64, at most four to each doubling, so that at most a fifth of a large cell is lost.
/// </summary>
internal static class CellClass
{
    public const int Smallest = 4;

    /// <summary>So many classes: 5 up to 64 bytes, 4 for each doubling up to 1 GiB.</summary>
    public const int Count = 5 + 4 * 24;

    /// <summary>The smallest class that so many bytes fit in.</summary>
    public static int SizeFor(int bytes)
    {
        if (bytes <= 64) return Math.Max(Smallest, (int)BitOperations.RoundUpToPowerOf2((uint)bytes));
        var step = Math.Max(64, 1 << (BitOperations.Log2((uint)bytes - 1) - 2));
        return (bytes + step - 1) / step * step;
    }

    /// <summary>A class's number, from 0 to <see cref="Count"/> - 1.</summary>
    public static int Number(int size)
    {
        if (size <= 64) return BitOperations.Log2((uint)size) - 2;
        var doubling = BitOperations.Log2((uint)size - 1);
        return 5 + (doubling - 6) * 4 + ((size - 1 >> (doubling - 2)) & 3);
    }
}
