using System.Buffers;
using System.Buffers.Text;
using System.Globalization;

namespace Shmem.Backends.Win32;

/// <summary>
/// The parts of <c>win:&lt;pid&gt;.&lt;handle&gt;.&lt;nonce&gt;</c>, in the one spelling that we write: which process has a handle of the section, under
/// which number, and what the section must say of itself, since both numbers are used again. The nonce is 16 hexadecimal digits.
/// </summary>
internal readonly record struct HandleId(int Pid, int Handle, ulong Nonce)
{
    public static bool TryParse(in ShMemId id, out HandleId parsed)
    {
        parsed = default;
        if (!id.HasScheme("win"u8)) return false;
        var rest = id.RestBytes;
        var first = rest.IndexOf((byte)'.');
        var second = rest.LastIndexOf((byte)'.');
        if (first == second
            || !int.TryParse(rest[..first], NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            || !int.TryParse(rest[(first + 1)..second], NumberStyles.None, CultureInfo.InvariantCulture, out var handle)
            || !ulong.TryParse(rest[(second + 1)..], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var nonce)) return false;
        parsed = new HandleId(pid, handle, nonce);
        return parsed.ToId() == id;
    }

    /// <summary>The same of all ids that lead to one segment. Who is given a handle of a section has an id of its own for it; the nonce is the section's.</summary>
    public static ShMemId InCommon(in ShMemId id) => TryParse(id, out var reached) ? new HandleId(0, 0, reached.Nonce).ToId() : id;

    public ShMemId ToId()
    {
        // At most 42 bytes.
        Span<byte> text = stackalloc byte[ShMemId.Size];
        "win:"u8.CopyTo(text);
        var length = 4;
        Append(text, ref length, Pid);
        text[length++] = (byte)'.';
        Append(text, ref length, Handle);
        text[length++] = (byte)'.';
        Utf8Formatter.TryFormat(Nonce, text[length..], out var written, new StandardFormat('x', 16));
        return ShMemId.Of(text[..(length + written)]);
    }

    private static void Append(Span<byte> text, ref int length, int number)
    {
        Utf8Formatter.TryFormat(number, text[length..], out var written);
        length += written;
    }
}
