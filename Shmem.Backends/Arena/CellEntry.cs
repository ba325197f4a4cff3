using System.Runtime.InteropServices;

namespace Shmem.Backends.Arena;

/// <summary>What shared memory says of a cell.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct CellEntry
{
    /// <summary>Somebody is making the cell ready: nobody else may join its holders.</summary>
    public const ulong Claiming = 1UL << 63;

    /// <summary>One bit for each holder, and <see cref="Claiming"/>. 0 is free: the only value from which the cell is given.</summary>
    public ulong Holders;

    /// <summary>How often it was given; 0 is never. Changed only while it is being claimed.</summary>
    public uint Generation;

    /// <summary>Bytes that were asked for.</summary>
    public int Size;
}
