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
        var rest = id.Rest;
        var first = rest.IndexOf('.');
        var second = rest.LastIndexOf('.');
        if (first == second
            || !int.TryParse(rest.AsSpan(0, first), NumberStyles.None, CultureInfo.InvariantCulture, out var pid)
            || !int.TryParse(rest.AsSpan(first + 1, second - first - 1), NumberStyles.None, CultureInfo.InvariantCulture, out var handle)
            || !ulong.TryParse(rest.AsSpan(second + 1), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var nonce)) return false;
        parsed = new HandleId(pid, handle, nonce);
        return parsed.ToId() == id;
    }

    /// <summary>At most 42 characters.</summary>
    public ShMemId ToId() => ShMemId.Parse(string.Create(CultureInfo.InvariantCulture, $"win:{Pid}.{Handle}.{Nonce:x16}"));
}
