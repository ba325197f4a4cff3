namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>Finds the thread that runs the target among all that were read.</summary>
internal static class HungThread
{
    /// <summary>The type whose frame marks the thread that calls the target.</summary>
    public const string Marker = "Shmem.Sample.Fuzzer.Targets.TargetInvoker";

    /// <summary>
    /// The stacks, moment by moment, of the thread with our marker on its stack; without one of the thread with the most frames of the
    /// library. Null where no thread has either.
    /// </summary>
    public static IReadOnlyList<IReadOnlyList<FindingFrame>>? Choose(IEnumerable<StackSample> samples, ITargetNames names)
    {
        var threads = samples
            .GroupBy(sample => sample.Thread)
            .OrderBy(thread => thread.Key)
            .Select(thread => thread.OrderBy(sample => sample.Moment)
                .Select(sample => (IReadOnlyList<FindingFrame>)[.. sample.Frames.Select(name => FindingFrame.Of(name, names))])
                .ToList())
            .ToList();
        return threads.Find(stacks => stacks.Exists(stack => stack.Any(IsMarker)))
            ?? threads.Where(stacks => LibraryFrames(stacks) > 0).MaxBy(LibraryFrames);
    }

    private static bool IsMarker(FindingFrame frame) => FrameName.TypeOf(frame.Name) is Marker;

    private static int LibraryFrames(IReadOnlyList<IReadOnlyList<FindingFrame>> stacks) => stacks.Sum(stack => stack.Count(frame => frame.IsLibrary));
}
