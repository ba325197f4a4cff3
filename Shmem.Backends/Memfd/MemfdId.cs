using System.Buffers.Text;

namespace Shmem.Backends.Memfd;

/// <summary>The parts of <c>memfd:&lt;pid&gt;.&lt;fd&gt;.&lt;inode&gt;</c>, in the one spelling that we write.</summary>
internal readonly record struct MemfdId(int Process, int Descriptor, ulong Inode)
{
    private static ReadOnlySpan<byte> Prefix => "memfd:"u8;

    public static bool TryParse(in ShMemId id, out MemfdId parsed)
    {
        parsed = default;
        var rest = id.Text;
        if (!rest.StartsWith(Prefix)) return false;
        rest = rest[Prefix.Length..];
        if (!TryTake(ref rest, out var process) || process is < 1 or > int.MaxValue || !TryTakeDot(ref rest)) return false;
        if (!TryTake(ref rest, out var descriptor) || descriptor > int.MaxValue || !TryTakeDot(ref rest)) return false;
        if (!TryTake(ref rest, out var inode) || !rest.IsEmpty) return false;
        parsed = new MemfdId((int)process, (int)descriptor, inode);
        return true;
    }

    public ShMemId ToId()
    {
        // At most 48 bytes.
        Span<byte> text = stackalloc byte[ShMemId.Size];
        Prefix.CopyTo(text);
        var length = Prefix.Length;
        Append(text, ref length, (ulong)Process);
        text[length++] = (byte)'.';
        Append(text, ref length, (ulong)Descriptor);
        text[length++] = (byte)'.';
        Append(text, ref length, Inode);
        return ShMemId.Of(text[..length]);
    }

    private static void Append(Span<byte> text, ref int length, ulong number)
    {
        Utf8Formatter.TryFormat(number, text[length..], out var written);
        length += written;
    }

    /// <summary>Takes a decimal number without sign or leading zero.</summary>
    private static bool TryTake(ref ReadOnlySpan<byte> rest, out ulong number)
    {
        if (!Utf8Parser.TryParse(rest, out number, out var used) || (rest[0] == (byte)'0' && used > 1)) return false;
        rest = rest[used..];
        return true;
    }

    private static bool TryTakeDot(ref ReadOnlySpan<byte> rest)
    {
        if (rest.IsEmpty || rest[0] != (byte)'.') return false;
        rest = rest[1..];
        return true;
    }
}
