using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Shmem.Backends.Interop;

namespace Shmem.Backends.SysV;

/// <summary>
/// Names over the keys of System V: the key is the first 32 bits of a SHA-256 of user and name, and <see cref="SysVTrailer"/> holds the rest of it, so
/// that two names, or a stranger's segment, which meet in a key are never taken for each other.
/// </summary>
internal static class SysVNames
{
    /// <summary>Of the user's name, not of any name: those of two users do not meet.</summary>
    public static byte[] Hash(string name) =>
        SHA256.HashData(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{LibcFile.ThisUser}:{name}")));

    public static int KeyOf(ReadOnlySpan<byte> hash)
    {
        var key = BinaryPrimitives.ReadInt32LittleEndian(hash);
        return key == LibcSysV.IPC_PRIVATE ? 1 : key;
    }

    public static ShMemId IdOf(int number) => ShMemId.Parse(string.Create(CultureInfo.InvariantCulture, $"sysv:{number}"));

    /// <summary>
    /// The segment that has the key and the nonce, and belongs to this user. Also one that has the key and no trailer yet, and that nobody is attached
    /// to: its creator was killed between two system calls, or, being between them still, meets an error and tries again.
    /// </summary>
    public static int? Find(int key, ulong nonce) => Find(key, nonce, toRemove: false);

    /// <summary>Removes the segment that <see cref="Find(int, ulong)"/> finds.</summary>
    /// <returns>False where there is none.</returns>
    public static bool Remove(int key, ulong nonce) =>
        Find(key, nonce, toRemove: true) is { } number && LibcSysV.Control(number, LibcSysV.IPC_RMID, 0) == 0;

    private static int? Find(int key, ulong nonce, bool toRemove)
    {
        var number = LibcSysV.Get(key, 0, 0);
        if (number < 0) return null;
        using var mapping = SysVMapping.Attach(number, toRemove ? ShMemAccess.ReadWrite : ShMemAccess.Read);
        if (mapping.IsInvalid || LibcSysV.Status(number, out var status) != 0 || status.User != LibcFile.ThisUser) return null;
        var start = mapping.DangerousGetHandle();
        if (SysVTrailer.TryRead(start, status.Size, out var trailer)) return trailer.Nonce == nonce ? number : null;
        if (status.Attached != 1 || !(IsBlank(start, status.Size) || SysVTrailer.IsCondemned(start, status.Size))) return null;
        // Its creator may live and attach from here on: it, or we, but not both. One without a name is marked for removal by its creator in any case.
        return !toRemove || nonce == BirthKey.Nonce || SysVTrailer.TryCondemn(start, status.Size) ? number : null;
    }

    /// <summary>Whether nobody has written where a trailer would be. One without a name may be shorter than a trailer.</summary>
    private static unsafe bool IsBlank(nint start, ulong length)
    {
        var end = (int)Math.Min(length, (ulong)sizeof(SysVTrailer));
        // SAFETY: the segment has that many bytes, all of them mapped.
        return !new ReadOnlySpan<byte>((byte*)start + (nint)length - end, end).ContainsAnyExcept((byte)0);
    }
}
