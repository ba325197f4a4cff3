namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>
/// The frames that a recursion goes through, in an order that does not depend on where the guard page was met: a cycle of different methods in
/// the order of its calls, from the first by name; where a level may go one of several ways, which the input decides, all by name.
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

        var cycle = names.DistinctBy(frame => frame.Name).ToList();
        for (var i = cycle.Count; i < names.Count; i++)
        {
            if (names[i].Name != names[i - cycle.Count].Name)
                return [.. cycle.OrderBy(frame => frame.Name, StringComparer.Ordinal)];
        }

        cycle.Reverse();
        var first = cycle.IndexOf(cycle.MinBy(frame => frame.Name, StringComparer.Ordinal)!);
        return [.. cycle[first..], .. cycle[..first]];
    }
}
