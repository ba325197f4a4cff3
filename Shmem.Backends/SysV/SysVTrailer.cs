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
    public static void Write(nint start, long size, ulong nonce, ReadOnlySpan<byte> name)
    {
        // SAFETY: the caller has mapped Total(size) bytes.
        ref var trailer = ref *(SysVTrailer*)(start + (nint)Offset(size));
        (trailer.Size, trailer.Nonce) = (size, nonce);
        name.CopyTo(trailer._name);
        Volatile.Write(ref trailer._magic, TheMagic);
    }

    /// <summary>Reads that of an attached segment, wherever it came from.</summary>
    /// <returns>False where it has none.</returns>
    public static bool TryRead(nint start, ulong length, out SysVTrailer trailer)
    {
        trailer = default;
        if (length < (ulong)sizeof(SysVTrailer) || length % sizeof(ulong) != 0) return false;
        // SAFETY: the segment has length bytes, all of them mapped; it starts on a page.
        ref var found = ref *(SysVTrailer*)(start + (nint)length - sizeof(SysVTrailer));
        if (Volatile.Read(ref found._magic) != TheMagic) return false;
        trailer = found;
        return trailer.Size > 0 && trailer.Size < (long)length && (ulong)Total(trailer.Size) == length;
    }

    /// <summary>True when that is its name's hash.</summary>
    public readonly bool IsOf(ReadOnlySpan<byte> name) => ((ReadOnlySpan<byte>)_name).SequenceEqual(name);

    private static long Offset(long size) => (size + sizeof(ulong) - 1) & ~(sizeof(ulong) - 1L);
}
