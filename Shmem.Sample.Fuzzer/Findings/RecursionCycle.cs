namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// The frames that a recursion goes through, in an order that does not depend on where the guard page was met: a true cycle in its canonical
/// rotation; where each level may take another way, the recurring frames by name.
/// </summary>
internal static class RecursionCycle
{
    // A frame belongs to the recursion when it stands at least this fraction as often as the most frequent one: leaves that happened to
    // be on top and the way into the recursion stand once or a few times among thousands.
    private const int LeastFraction = 32;

    /// <summary>The cycle of a stack of an overflow, or nothing where nothing recurs.</summary>
    public static IReadOnlyList<FindingFrame> Of(IReadOnlyList<(FindingFrame Frame, int Times)> stack)
    {
        var counts = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var (frame, times) in stack)
            counts[frame.Name] = counts.GetValueOrDefault(frame.Name) + times;
        var most = counts.Values.DefaultIfEmpty().Max();
        if (most < 2)
            return [];

        var recurring = stack.Where(entry => counts[entry.Frame.Name] * LeastFraction >= most && counts[entry.Frame.Name] >= 2).ToList();
        var folded = recurring.Where(entry => entry.Times > 1).ToList();
        var foldedFrames = folded.Sum(entry => (long)entry.Times);
        var sequence = foldedFrames * 2 >= counts.Values.Sum()
            ? [.. folded.Select(entry => entry.Frame)]
            : recurring.Select(entry => entry.Frame).ToList();

        // The framework's part in a recursion (a builder, a comparer) says nothing that the library's does not.
        if (sequence.Exists(frame => frame.IsLibrary))
            sequence.RemoveAll(frame => !frame.IsLibrary);
        return Canonical(sequence);
    }

    private static List<FindingFrame> Canonical(List<FindingFrame> sequence)
    {
        // A lambda and the method around it bear one name: they count once.
        var names = new List<FindingFrame>();
        foreach (var frame in sequence)
        {
            if (names.Count == 0 || names[^1].Name != frame.Name)
                names.Add(frame);
        }

        var period = Period(names);
        if (period == names.Count && names.Count > 1 && names.DistinctBy(frame => frame.Name).Count() < names.Count)
            return [.. names.DistinctBy(frame => frame.Name).OrderBy(frame => frame.Name, StringComparer.Ordinal)];
        var cycle = names[..period];
        if (cycle.Count > 1 && cycle[0].Name == cycle[^1].Name)
            cycle.RemoveAt(cycle.Count - 1);
        return LeastRotation(cycle);
    }

    // The shortest p with s[i] = s[i - p] throughout, from the failure function; the whole length where the sequence does not repeat.
    private static int Period(List<FindingFrame> s)
    {
        var border = new int[s.Count];
        for (int i = 1, k = 0; i < s.Count; i++)
        {
            while (k > 0 && s[i].Name != s[k].Name)
                k = border[k - 1];
            if (s[i].Name == s[k].Name)
                k++;
            border[i] = k;
        }

        var period = s.Count == 0 ? 0 : s.Count - border[^1];
        return period * 2 <= s.Count ? period : s.Count;
    }

    // Of all rotations the one whose names come first in order. Booth's way: two candidates race, so the time is linear.
    private static List<FindingFrame> LeastRotation(List<FindingFrame> s)
    {
        int a = 0, b = 1, same = 0;
        while (a < s.Count && b < s.Count && same < s.Count)
        {
            var order = string.CompareOrdinal(s[(a + same) % s.Count].Name, s[(b + same) % s.Count].Name);
            if (order == 0)
            {
                same++;
                continue;
            }

            if (order > 0)
                a += same + 1;
            else
                b += same + 1;
            if (a == b)
                b++;
            same = 0;
        }

        var start = Math.Min(a, b);
        return [.. s[start..], .. s[..start]];
    }
}
