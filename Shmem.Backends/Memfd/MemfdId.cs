using System.Buffers.Text;
using System.Globalization;
using System.Text.Unicode;

namespace Shmem.Backends.Memfd;

/// <summary>The parts of <c>memfd:&lt;pid&gt;.&lt;fd&gt;.&lt;inode&gt;</c>, in the one spelling that we write.</summary>
internal readonly record struct MemfdId(int Process, int Descriptor, ulong Inode)
{
    public static bool TryParse(ShMemId id, out MemfdId parsed)
    {
        parsed = default;
        if (!id.HasScheme("memfd"u8)) return false;
        var rest = id.RestBytes;
        if (!TryTake(ref rest, out var process) || process is < 1 or > int.MaxValue) return false;
        if (!TryTake(ref rest, out var descriptor) || descriptor > int.MaxValue) return false;
        if (!TryTake(ref rest, out var inode) || !rest.IsEmpty) return false;
        parsed = new MemfdId((int)process, (int)descriptor, inode);
        return true;
    }

    public ShMemId ToId()
    {
        Span<byte> text = stackalloc byte[ShMemId.Size];
        Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"memfd:{Process}.{Descriptor}.{Inode}", out var length);
        return ShMemId.Parse(text[..length]);
    }

    /// <summary>Takes a decimal number without sign or leading zero, and the dot after it.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> rest, out ulong number)
    {
        var dot = rest.IndexOf((byte)'.');
        var digits = dot < 0 ? rest : rest[..dot];
        rest = dot < 0 ? [] : rest[(dot + 1)..];
        return Utf8Parser.TryParse(digits, out number, out var used) && used == digits.Length && (digits[0] != (byte)'0' || digits.Length == 1);
    }
}
