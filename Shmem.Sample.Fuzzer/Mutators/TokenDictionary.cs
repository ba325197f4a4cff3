using System.Globalization;
using System.Text;
using Shmem.Sample.Fuzzer.Commands;

namespace Shmem.Sample.Fuzzer.Mutators;

/// <summary>
/// Tokens of a format, read from a file as afl-fuzz's <c>-x</c> takes it: a line is <c>name="token"</c> or <c>"token"</c>, blank or a
/// <c>#</c> comment; <c>\\</c>, <c>\"</c> and <c>\xNN</c> are escapes; a name's <c>@level</c> is accepted and every level is used. Immutable.
/// </summary>
internal sealed class TokenDictionary
{
    /// <summary>Longest token, in bytes (AFL's MAX_DICT_FILE).</summary>
    public const int MaxTokenLength = 128;

    private const int MaxFileLength = 16 << 20;

    private readonly byte[][] _tokens;

    private TokenDictionary(byte[][] tokens) => _tokens = tokens;

    /// <summary>No tokens.</summary>
    public static TokenDictionary Empty { get; } = new([]);

    /// <summary>Number of tokens.</summary>
    public int Count => _tokens.Length;

    /// <summary>One of the tokens.</summary>
    public ReadOnlySpan<byte> this[int index] => _tokens[index];

    /// <summary>Reads a file.</summary>
    /// <exception cref="InputException">It cannot be read, or is no dictionary.</exception>
    public static TokenDictionary Load(string path)
    {
        using var text = new StreamReader(new MemoryStream(ReadBytes(path)), Encoding.Latin1);
        return Parse(path, text.ReadToEnd());
    }

    /// <summary>Reads a file, checks it, and gives its bytes: it may be a pipe, which can be read only once, or be changed while others read it.</summary>
    /// <inheritdoc cref="Load"/>
    public static byte[] ReadChecked(string path)
    {
        var bytes = ReadBytes(path);
        using var text = new StreamReader(new MemoryStream(bytes), Encoding.Latin1);
        Parse(path, text.ReadToEnd());
        return bytes;
    }

    private static byte[] ReadBytes(string path)
    {
        try
        {
            using var file = new FileStream(path, FileMode.Open, FileAccess.Read);
            using var bytes = new MemoryStream();
            var buffer = new byte[1 << 16];
            for (int read; (read = file.Read(buffer)) > 0; bytes.Write(buffer, 0, read))
            {
                if (bytes.Length + read > MaxFileLength)
                    throw new InputException(path, "larger than 16 MiB", "Give a dictionary of tokens, not a corpus.");
            }

            return bytes.ToArray();
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            throw new InputException(path, e.Message.TrimEnd('.'), "Give a readable dictionary file.");
        }
    }

    /// <summary>Reads the text of a file; <paramref name="name"/> is what errors call it.</summary>
    /// <exception cref="InputException">It is no dictionary; the message has the line's number.</exception>
    public static TokenDictionary Parse(string name, string text)
    {
        var tokens = new List<byte[]>();
        var number = 0;
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            number++;
            var content = line.Trim();
            if (content.IsEmpty || content[0] == '#')
                continue;

            var start = content.IndexOf('"');
            if (start < 0 || start == content.Length - 1 || content[^1] != '"')
                throw Wrong(name, number, "a line is not name=\"token\"");
            if (!IsName(content[..start].TrimEnd()))
                throw Wrong(name, number, "a token's name is not letters, digits and _ with = behind it");
            tokens.Add(Unescape(name, number, content[(start + 1)..^1]));
        }

        return new TokenDictionary([.. tokens]);
    }

    /// <summary>Puts a random token in, or over what is there; false where it finds no room.</summary>
    public bool Apply(ref MutationBuffer input, ref Rng rng)
    {
        var token = _tokens[rng.NextBelow(_tokens.Length)];
        if (token.Length <= input.Length && rng.NextBelow(2) == 0)
            token.CopyTo(input.Bytes[rng.NextBelow(input.Length - token.Length + 1)..]);
        else if (token.Length <= input.Free)
            token.CopyTo(input.Insert(rng.NextBelow(input.Length + 1), token.Length));
        else
            return false;
        return true;
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.IsEmpty)
            return true;
        if (text[^1] != '=')
            return false;

        foreach (var c in text[..^1].TrimEnd())
        {
            if (!char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.' or '@'))
                return false;
        }

        return true;
    }

    private static byte[] Unescape(string name, int line, ReadOnlySpan<char> text)
    {
        var token = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is < ' ' or > '~')
                throw Wrong(name, line, "a token has a byte that is not printable ASCII (write \\xNN)");
            if (text[i] == '"')
                throw Wrong(name, line, "a token has a quote without a backslash");

            if (text[i] != '\\')
            {
                token.Add((byte)text[i]);
            }
            else if (i + 1 < text.Length && text[i + 1] is '\\' or '"')
            {
                token.Add((byte)text[++i]);
            }
            else if (i + 3 < text.Length && text[i + 1] == 'x' &&
                     byte.TryParse(text.Slice(i + 2, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
            {
                token.Add(value);
                i += 3;
            }
            else
            {
                throw Wrong(name, line, "a backslash is not \\\\, \\\" or \\xNN");
            }
        }

        if (token.Count is 0 or > MaxTokenLength)
            throw Wrong(name, line, "a token is empty or longer than 128 bytes");
        return [.. token];
    }

    private static InputException Wrong(string name, int line, string why) =>
        new($"{name}, line {line}", why, "Write it as afl-fuzz's -x reads it.");
}
