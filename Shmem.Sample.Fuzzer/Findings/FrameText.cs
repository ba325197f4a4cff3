using System.Globalization;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>One line of a printed stack: <c>   at Namespace.Type.Method(Type name) in /path/File.cs:line 12</c>.</summary>
internal static class FrameText
{
    private const string At = "   at ";
    private const string In = " in ";
    private const string LineWord = ":line ";
    private const int MaxLine = 8192;
    private const int MaxFile = 260;

    /// <summary>Whether the line has a frame's form.</summary>
    public static bool IsFrame(ReadOnlySpan<char> line) =>
        line.StartsWith(At, StringComparison.Ordinal) && line.Length <= MaxLine && line.Contains('(');

    /// <summary>The frame of a line that <see cref="IsFrame"/> accepts.</summary>
    public static FindingFrame Parse(ReadOnlySpan<char> line, ITargetNames names)
    {
        var text = line[At.Length..];
        var place = text.LastIndexOf(LineWord, StringComparison.Ordinal);
        if (place < 0 || !int.TryParse(text[(place + LineWord.Length)..], NumberStyles.None, CultureInfo.InvariantCulture, out var number))
            return FindingFrame.Of(text.ToString(), names);
        var close = text.IndexOf(") in ", StringComparison.Ordinal);
        if (close < 0 || close + 1 + In.Length > place)
            return FindingFrame.Of(text.ToString(), names);
        var file = FirstLine.Of(text[(close + 1 + In.Length)..place], MaxFile);
        return FindingFrame.Of(text[..(close + 1)].ToString(), names, file, number);
    }
}
