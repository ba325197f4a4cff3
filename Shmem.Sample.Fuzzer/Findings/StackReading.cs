namespace Shmem.Sample.Fuzzer.Findings;

/// <summary>Stacks of the thread that runs the target at several moments, each innermost first; or why there are none.</summary>
internal sealed record StackReading(IReadOnlyList<IReadOnlyList<FindingFrame>> Stacks, StackFailure? Failure = null, string? Reason = null)
{
    /// <summary>Nothing was read.</summary>
    public static StackReading Failed(StackFailure failure, string reason) => new([], failure, FirstLine.Of(reason));
}
