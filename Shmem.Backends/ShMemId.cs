using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace Shmem.Backends;

/// <summary>
/// The name of a segment: 1 to 64 bytes of printable ASCII, <c>&lt;scheme&gt;:&lt;rest&gt;</c>, which says how another process reaches it.
/// A blittable value of 64 bytes (unused ones are zero), so it can stand in shared memory, in an environment variable and in a message.
/// </summary>
/// <remarks>
/// The scheme is 1 to 12 of <c>[a-z0-9]</c> and begins with a letter; the rest is at least one byte from 0x21 to 0x7E. Nothing here throws
/// on foreign bytes: <see cref="TryRead"/> and the <c>TryParse</c> methods answer <see langword="false"/>. The default value is <see cref="IsEmpty"/>
/// and names nothing. Thread-safe, being immutable.
/// </remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly struct ShMemId : IEquatable<ShMemId>, ISpanParsable<ShMemId>, IUtf8SpanParsable<ShMemId>, ISpanFormattable,
    IUtf8SpanFormattable
{
    /// <summary>Bytes that every id occupies: 64. Also the length of the longest text.</summary>
    public const int Size = 64;

    private const int LongestScheme = 12;

    private readonly Bytes _bytes;

    [InlineArray(Size)]
    private struct Bytes
    {
        private byte _first;
    }

    private ShMemId(ReadOnlySpan<byte> text) => text.CopyTo(_bytes);

    /// <summary>True for the default value, which names no segment.</summary>
    public bool IsEmpty => _bytes[0] == 0;

    /// <summary>The part before the colon, such as <c>memfd</c>; empty for the default value.</summary>
    public string Scheme => IsEmpty ? "" : Encoding.ASCII.GetString(Text[..Text.IndexOf((byte)':')]);

    /// <summary>The part after the colon; empty for the default value.</summary>
    public string Rest => IsEmpty ? "" : Encoding.ASCII.GetString(RestBytes);

    [UnscopedRef]
    internal ReadOnlySpan<byte> RestBytes => IsEmpty ? [] : Text[(Text.IndexOf((byte)':') + 1)..];

    [UnscopedRef]
    internal ReadOnlySpan<byte> Text
    {
        get
        {
            ReadOnlySpan<byte> all = _bytes;
            var end = all.IndexOf((byte)0);
            return end < 0 ? all : all[..end];
        }
    }

    internal bool HasScheme(ReadOnlySpan<byte> scheme) =>
        Text.Length > scheme.Length && Text.StartsWith(scheme) && Text[scheme.Length] == (byte)':';

    /// <summary>An id of text that is known to be one, because a backend has just written it.</summary>
    internal static ShMemId Of(ReadOnlySpan<byte> text)
    {
        Debug.Assert(TryParse(text, null, out _));
        return new ShMemId(text);
    }

    /// <summary>Reads an id from the 64 bytes that <see cref="Write"/> wrote; any other bytes are refused.</summary>
    /// <param name="source">At least <see cref="Size"/> bytes; more are ignored.</param>
    /// <param name="id">The id, or the default value.</param>
    /// <returns>False for fewer bytes, for text that is no id, and for bytes after the first NUL that are not zero.</returns>
    public static bool TryRead(ReadOnlySpan<byte> source, out ShMemId id)
    {
        id = default;
        if (source.Length < Size) return false;
        source = source[..Size];
        var end = source.IndexOf((byte)0);
        if (end >= 0 && source[end..].ContainsAnyExcept((byte)0)) return false;
        return TryParse(end < 0 ? source : source[..end], null, out id);
    }

    /// <summary>Writes the 64 bytes of the id.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException"><paramref name="destination"/> is too short.</exception>
    public void Write(Span<byte> destination) => ((ReadOnlySpan<byte>)_bytes).CopyTo(destination);

    /// <summary>Parses <c>scheme:rest</c>.</summary>
    /// <exception cref="FormatException">The text is not an id.</exception>
    public static ShMemId Parse(string s, IFormatProvider? provider = null) => Parse(s.AsSpan(), provider);

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    public static ShMemId Parse(ReadOnlySpan<char> s, IFormatProvider? provider = null) =>
        TryParse(s, provider, out var id) ? id : throw NotAnId();

    /// <inheritdoc cref="Parse(string, IFormatProvider?)"/>
    public static ShMemId Parse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider = null) =>
        TryParse(utf8Text, provider, out var id) ? id : throw NotAnId();

    /// <summary>Parses <c>scheme:rest</c>; false for anything else, and never an exception.</summary>
    public static bool TryParse([NotNullWhen(true)] string? s, IFormatProvider? provider, out ShMemId result) =>
        TryParse(s.AsSpan(), provider, out result);

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out ShMemId)"/>
    public static bool TryParse(ReadOnlySpan<char> s, IFormatProvider? provider, out ShMemId result)
    {
        Span<byte> ascii = stackalloc byte[Size];
        result = default;
        return s.Length <= Size
            && Encoding.ASCII.TryGetBytes(s, ascii, out var written)
            && !s.ContainsAnyExceptInRange('!', '~')
            && TryParse(ascii[..written], provider, out result);
    }

    /// <inheritdoc cref="TryParse(string?, IFormatProvider?, out ShMemId)"/>
    public static bool TryParse(ReadOnlySpan<byte> utf8Text, IFormatProvider? provider, out ShMemId result)
    {
        result = default;
        var colon = utf8Text.IndexOf((byte)':');
        if (utf8Text.Length > Size || colon is < 1 or > LongestScheme || colon == utf8Text.Length - 1) return false;
        if (utf8Text.ContainsAnyExceptInRange((byte)'!', (byte)'~') || !char.IsAsciiLetterLower((char)utf8Text[0])) return false;
        foreach (var b in utf8Text[..colon])
            if (!char.IsAsciiLetterLower((char)b) && !char.IsAsciiDigit((char)b)) return false;
        result = new ShMemId(utf8Text);
        return true;
    }

    /// <summary>The text of the id; the empty string for the default value.</summary>
    public override string ToString() => Encoding.ASCII.GetString(Text);

    /// <inheritdoc/>
    public string ToString(string? format, IFormatProvider? formatProvider) => ToString();

    /// <inheritdoc/>
    public bool TryFormat(Span<char> destination, out int charsWritten, ReadOnlySpan<char> format = default,
        IFormatProvider? provider = null) => Encoding.ASCII.TryGetChars(Text, destination, out charsWritten);

    /// <inheritdoc/>
    public bool TryFormat(Span<byte> utf8Destination, out int bytesWritten, ReadOnlySpan<char> format = default,
        IFormatProvider? provider = null)
    {
        bytesWritten = Text.TryCopyTo(utf8Destination) ? Text.Length : 0;
        return bytesWritten == Text.Length;
    }

    /// <summary>True when both name the same segment.</summary>
    public bool Equals(ShMemId other) => AreSame(this, other);

    /// <summary>The same without a copy of either.</summary>
    internal static bool AreSame(in ShMemId left, in ShMemId right) => ((ReadOnlySpan<byte>)left._bytes).SequenceEqual(right._bytes);

    /// <inheritdoc/>
    public override bool Equals([NotNullWhen(true)] object? obj) => obj is ShMemId other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = new HashCode();
        hash.AddBytes(_bytes);
        return hash.ToHashCode();
    }

    /// <summary>True when both name the same segment.</summary>
    public static bool operator ==(ShMemId left, ShMemId right) => left.Equals(right);

    /// <summary>True when the two name different segments.</summary>
    public static bool operator !=(ShMemId left, ShMemId right) => !left.Equals(right);

    private static FormatException NotAnId() =>
        new($"A segment's id is 'scheme:rest' in at most {Size} printable ASCII characters, the scheme in lower case.");
}
