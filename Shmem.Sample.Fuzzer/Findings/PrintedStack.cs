namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// The frames of one printed stack, innermost first. An inner exception stands before the one that carries it, so its frames come
/// first: where the trouble began decides the key, not where it was wrapped.
/// </summary>
internal static class PrintedStack
{
    /// <summary>Reads the stack that follows a message of any number of lines, and stops where it ends; at most this many frames.</summary>
    public static IReadOnlyList<FindingFrame> Read(ReadOnlySpan<char> text, ITargetNames names, int maxFrames)
    {
        var frames = new List<FindingFrame>();
        var inStack = false;
        foreach (var range in text.Split('\n'))
        {
            var line = text[range].TrimEnd('\r');
            if (FrameText.IsFrame(line))
            {
                inStack = true;
                if (frames.Count < maxFrames)
                    frames.Add(FrameText.Parse(line, names));
            }
            else if (inStack && !IsSeparator(line))
            {
                break;
            }
        }

        return frames;
    }

    // "   --- End of inner exception stack trace ---" and "--- End of stack trace from previous location ---". A further
    // exception of an aggregate (" ---> (Inner Exception #1) ") ends the stack: the first one is its cause.
    private static bool IsSeparator(ReadOnlySpan<char> line) => line.TrimStart().StartsWith("--- ", StringComparison.Ordinal);
}
