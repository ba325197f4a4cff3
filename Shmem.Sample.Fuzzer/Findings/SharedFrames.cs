namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>What several stacks (innermost first) have in common.</summary>
internal static class SharedFrames
{
    /// <summary>The frames that all stacks share, counted from the outermost inward until two differ.</summary>
    public static IReadOnlyList<FindingFrame> FromOutermost(IReadOnlyList<IReadOnlyList<FindingFrame>> stacks)
    {
        if (stacks.Count == 0)
            return [];
        var shared = 0;
        var least = stacks.Min(stack => stack.Count);
        while (shared < least && stacks.All(stack => stack[^(shared + 1)].Name == stacks[0][^(shared + 1)].Name))
            shared++;
        return [.. stacks[0].Skip(stacks[0].Count - shared)];
    }

    /// <summary>The first stack's frames whose method stands in the other too, at whatever depth.</summary>
    public static IReadOnlyList<FindingFrame> Common(IReadOnlyList<FindingFrame> one, IReadOnlyList<FindingFrame> other)
    {
        var names = other.Select(frame => frame.Name).ToHashSet(StringComparer.Ordinal);
        return [.. one.Where(frame => names.Contains(frame.Name))];
    }
}
