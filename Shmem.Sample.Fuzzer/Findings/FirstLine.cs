using System.Text;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>Text from outside made fit for a line of ours: the first line only, capped, without control characters and halves of characters.</summary>
internal static class FirstLine
{
    /// <summary>The longest message kept, in characters.</summary>
    public const int MaxMessage = 256;

    /// <summary>The first line of the text, at most this many characters.</summary>
    public static string Of(ReadOnlySpan<char> text, int maxLength = MaxMessage)
    {
        var end = text.IndexOfAny('\r', '\n');
        if (end >= 0)
            text = text[..end];
        text = text[..Math.Min(text.Length, maxLength)];
        var line = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            line.Append(Rune.IsControl(rune) || rune == Rune.ReplacementChar ? "?" : rune.ToString());
        return line.ToString().Trim();
    }
}
