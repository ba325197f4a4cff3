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
        if (!TryTakeNumber(rest, out var inode)) return false;
        parsed = new MemfdId((int)process, (int)descriptor, inode);
        return true;
    }

    public ShMemId ToId()
    {
        Span<byte> text = stackalloc byte[ShMemId.Size];
        Utf8.TryWrite(text, CultureInfo.InvariantCulture, $"memfd:{Process}.{Descriptor}.{Inode}", out var length);
        return ShMemId.Parse(text[..length]);
    }

    /// <summary>Takes a number and the dot after it.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> rest, out ulong number)
    {
        number = 0;
        var dot = rest.IndexOf((byte)'.');
        if (dot < 0 || !TryTakeNumber(rest[..dot], out number)) return false;
        rest = rest[(dot + 1)..];
        return true;
    }

    /// <summary>A decimal number without sign or leading zero, and nothing else.</summary>
    private static bool TryTakeNumber(ReadOnlySpan<byte> digits, out ulong number) =>
        Utf8Parser.TryParse(digits, out number, out var used) && used == digits.Length && (digits[0] != (byte)'0' || digits.Length == 1);
}
