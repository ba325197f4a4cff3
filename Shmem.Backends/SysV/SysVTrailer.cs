using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Shmem.Backends.SysV;

/// <summary>
/// What follows the bytes of a named System V segment, since a key of 32 bits does not tell a name from every other: the size that was asked for, a nonce
/// that tells this segment from an earlier one of the name, and the name's whole hash.
/// </summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct SysVTrailer
{
    private const ulong TheMagic = 0x31454D414E4D4853; // "SHMNAME1"

    /// <summary>In the magic's place: somebody is removing the segment, before it was made.</summary>
    private const ulong Condemned = 0x31454E4F474D4853; // "SHMGONE1"

    private ulong _magic;

    /// <summary>Bytes that were asked for.</summary>
    public long Size;

    /// <summary>The manifest has it too.</summary>
    public ulong Nonce;

    private Digest _name;

    [InlineArray(32)]
    private struct Digest
    {
        private byte _first;
    }

    /// <summary>Bytes that the segment has in all.</summary>
    public static long Total(long size) => Offset(size) + sizeof(SysVTrailer);

    /// <summary>Writes it; others see it whole or not at all.</summary>
    /// <returns>False where a sweep took the segment, which was not made yet, for a dead one's: it is being removed.</returns>
    public static bool TryWrite(nint start, long size, ulong nonce, ReadOnlySpan<byte> name)
    {
        // SAFETY: the caller has mapped Total(size) bytes.
        ref var trailer = ref *(SysVTrailer*)(start + (nint)Offset(size));
        (trailer.Size, trailer.Nonce) = (size, nonce);
        name.CopyTo(trailer._name);
        return Interlocked.CompareExchange(ref trailer._magic, TheMagic, 0) == 0;
    }

    /// <summary>Keeps the creator of a segment without a trailer, who may be between two calls, from making it: it is about to be removed.</summary>
    /// <returns>False where it has been made meanwhile.</returns>
    public static bool TryCondemn(nint start, ulong length) =>
        !HasRoom(length) || Interlocked.CompareExchange(ref Last(start, length)._magic, Condemned, 0) is 0 or Condemned;

    /// <summary>True where a sweep began to remove the segment before it was made, and was killed.</summary>
    public static bool IsCondemned(nint start, ulong length) => HasRoom(length) && Volatile.Read(ref Last(start, length)._magic) == Condemned;

    /// <summary>Reads that of an attached segment, wherever it came from.</summary>
    /// <returns>False where it has none.</returns>
    public static bool TryRead(nint start, ulong length, out SysVTrailer trailer)
    {
        trailer = default;
        if (!HasRoom(length)) return false;
        ref var found = ref Last(start, length);
        if (Volatile.Read(ref found._magic) != TheMagic) return false;
        trailer = found;
        return trailer.Size > 0 && trailer.Size < (long)length && (ulong)Total(trailer.Size) == length;
    }

    /// <summary>True when that is its name's hash.</summary>
    public readonly bool IsOf(ReadOnlySpan<byte> name) => ((ReadOnlySpan<byte>)_name).SequenceEqual(name);

    private static bool HasRoom(ulong length) => length >= (ulong)sizeof(SysVTrailer) && length % sizeof(ulong) == 0;

    // SAFETY: the segment has length bytes, room for a trailer, all of them mapped; it starts on a page.
    private static ref SysVTrailer Last(nint start, ulong length) => ref *(SysVTrailer*)(start + (nint)length - sizeof(SysVTrailer));

    private static long Offset(long size) => (size + sizeof(ulong) - 1) & ~(sizeof(ulong) - 1L);
}
