using System.Runtime.InteropServices;

namespace Shmem.Backends.Win32;

/// <summary>
/// What follows the bytes of a section that is reached by a handle: a nonce, since a handle's number is used again, and the size that was asked
/// for, since Windows counts sections in whole pages.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SectionTrailer
{
    private const ulong TheMagic = 0x31444E4148484D53; // "SMHHAND1"

    private ulong _magic;
    private ulong _nonce;
    private long _size;

    /// <summary>Bytes that the section has in all.</summary>
    public static long Total(long size) => ((size + sizeof(ulong) - 1) & ~(sizeof(ulong) - 1L)) + sizeof(SectionTrailer);

    /// <summary>Writes it at the end of the last page.</summary>
    /// <param name="start">The view.</param>
    /// <param name="length">Its bytes, whole pages.</param>
    /// <param name="size">Bytes that were asked for.</param>
    /// <param name="nonce">What tells this section from every other.</param>
    public static void Write(nint start, long length, long size, ulong nonce)
    {
        // SAFETY: length bytes are mapped, and Total(size) is at most that.
        ref var trailer = ref At(start, length);
        (trailer._size, trailer._nonce, trailer._magic) = (size, nonce, TheMagic);
    }

    /// <summary>Reads that of a view of whatever section.</summary>
    /// <returns>The size that was asked for; 0 where the section is not the one of that nonce.</returns>
    public static long SizeOf(nint start, long length, ulong nonce)
    {
        if (length < sizeof(SectionTrailer)) return 0;
        // SAFETY: length bytes are mapped.
        var trailer = At(start, length);
        return trailer._magic == TheMagic && trailer._nonce == nonce && trailer._size > 0 && trailer._size <= length - sizeof(SectionTrailer) ? trailer._size : 0;
    }

    private static ref SectionTrailer At(nint start, long length) => ref *(SectionTrailer*)(start + (nint)length - sizeof(SectionTrailer));
}
