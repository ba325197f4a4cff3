using System.Globalization;

namespace Shmem.Backends.Service;

/// <summary>The parts of <c>served:&lt;service&gt;/&lt;n&gt;</c>, in the one spelling that we write.</summary>
internal readonly record struct ServedId(string Service, ulong Number)
{
    public static bool TryParse(in ShMemId id, out ServedId parsed)
    {
        parsed = default;
        if (!id.HasScheme("served"u8)) return false;
        var rest = id.Rest;
        var slash = rest.IndexOf('/');
        if (slash < 0 || !ShMemDescription.IsServiceName(rest.AsSpan(0, slash))) return false;
        if (!ulong.TryParse(rest.AsSpan(slash + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var number)) return false;
        parsed = new ServedId(rest[..slash], number);
        return parsed.ToId() == id;
    }

    /// <summary>At most 60 characters: 7, a service's 32, a slash and 20 digits.</summary>
    public ShMemId ToId() => ShMemId.Parse(string.Create(CultureInfo.InvariantCulture, $"served:{Service}/{Number}"));
}
