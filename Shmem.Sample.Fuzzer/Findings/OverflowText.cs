using System.Globalization;

namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// The stack after <c>Stack overflow.</c>: frames, some of them between rules of dashes under <c>Repeated N times:</c>. The runtime folds only
/// an exact repetition that begins at the very top, so a recursion may as well be printed in full length.
/// </summary>
internal static class OverflowText
{
    // Enough to see a recursion repeat; the whole text holds some 100,000.
    private const int MaxFrames = 4096;

    /// <summary>Frames, innermost first, each with how often it is said to repeat.</summary>
    public static IReadOnlyList<(FindingFrame Frame, int Times)> Parse(ReadOnlySpan<char> text, ITargetNames names)
    {
        var stack = new List<(FindingFrame, int)>();
        var known = new Dictionary<string, FindingFrame>(StringComparer.Ordinal);
        var spelled = known.GetAlternateLookup<ReadOnlySpan<char>>();
        var times = 1;
        var rules = 0;
        foreach (var range in text.Split('\n'))
        {
            var line = text[range].TrimEnd('\r');
            if (FrameText.IsFrame(line))
            {
                if (!spelled.TryGetValue(line, out var frame))
                    spelled[line] = frame = FrameText.Parse(line, names);
                stack.Add((frame, times));
                if (stack.Count == MaxFrames)
                    break;
            }
            else if (line.StartsWith("Repeated ", StringComparison.Ordinal))
            {
                var number = line["Repeated ".Length..];
                var end = number.IndexOf(' ');
                times = end > 0 && int.TryParse(number[..end], NumberStyles.None, CultureInfo.InvariantCulture, out var n) ? Math.Max(1, n) : 1;
                rules = 0;
            }
            else if (line.StartsWith("----", StringComparison.Ordinal))
            {
                if (++rules == 2)
                    times = 1;
            }
            else if (stack.Count > 0)
            {
                break;
            }
        }

        return stack;
    }
}
