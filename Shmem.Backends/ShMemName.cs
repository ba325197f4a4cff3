using System.Security.Cryptography;
using System.Text;

namespace Shmem.Backends;

/// <summary>Names that a user chooses for segments: one rule for every backend, so that a name that works on one works on all that have names.</summary>
/// <remarks>
/// A name is 1 to 29 characters of printable ASCII (0x21 to 0x7E) without <c>/</c> and <c>\</c>, and neither <c>.</c> nor <c>..</c>. The length is
/// that of macOS (PSHMNAMLEN, sys/posix_shm.h: 31 with the leading slash and the NUL).
/// </remarks>
public static class ShMemName
{
    /// <summary>Characters of the longest name.</summary>
    public const int Longest = 29;

    /// <summary>The digits of base32 (RFC 4648), in small letters.</summary>
    internal const string Base32Digits = "abcdefghijklmnopqrstuvwxyz234567";

    /// <summary>26 characters of five bits are 130 of the hash's 256.</summary>
    private const int HashCharacters = 26;

    /// <summary>True for what <see cref="ShMemProvider.CreateNamed"/> accepts.</summary>
    public static bool IsValid(ReadOnlySpan<char> name) => Fault(name) is null;

    /// <summary>
    /// The name of a segment that belongs to a file: <c>f-</c> and 26 base32 characters of the SHA-256 of its full path. Processes that give the same
    /// file by different relative paths get the same name; links are not followed, and the file need not exist.
    /// </summary>
    /// <exception cref="ArgumentException">The path is empty or has a NUL.</exception>
    public static string OfFile(string path) => "f-" + Base32(SHA256.HashData(Encoding.UTF8.GetBytes(Path.GetFullPath(path))));

    /// <summary>Refuses a name that is none.</summary>
    internal static void Check(string name, string purpose)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (Fault(name) is { } why)
        {
            throw new ShMemException(ShMemError.Invalid, $"{purpose} '{name}'", why,
                $"Give 1 to {Longest} characters of printable ASCII without slashes and spaces; {nameof(ShMemName)}.{nameof(OfFile)} makes such a name of any path.");
        }
    }

    private static string? Fault(ReadOnlySpan<char> name) => name switch
    {
        "" => "it is empty",
        { Length: > Longest } => $"it has {name.Length} characters",
        "." or ".." => "it names a folder",
        _ when name.ContainsAnyExceptInRange('!', '~') => "it has a character that is not printable ASCII",
        _ when name.ContainsAny('/', '\\') => "it has a slash",
        _ => null,
    };

    private static string Base32(ReadOnlySpan<byte> bytes)
    {
        Span<char> text = stackalloc char[HashCharacters];
        for (var i = 0; i < text.Length; i++)
        {
            // The five bits from bit 5i on, most significant first (RFC 4648); two bytes hold them.
            var (at, shift) = (i * 5 / 8, i * 5 % 8);
            text[i] = Base32Digits[(((bytes[at] << 8) | bytes[at + 1]) >> (11 - shift)) & 31];
        }

        return new string(text);
    }
}
